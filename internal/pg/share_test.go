package pg_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
)

// An organisation that holds every connection it may leaves others some, and
// its own next request is told to try again.
func TestOneOrganisationLeavesConnectionsToOthers(t *testing.T) {
	t.Parallel()
	acme := orgtest.New(t)
	beta := orgtest.Add(t, acme.DB, "beta")
	const share = 16
	var taken, done sync.WaitGroup
	release := make(chan struct{})
	taken.Add(share)
	for range share {
		done.Go(func() {
			if err := acme.DB.As(t.Context(), acme.Org.Role, func(*pg.Conn) error {
				taken.Done()
				<-release
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	taken.Wait()
	if err := acme.DB.As(t.Context(), beta.Org.Role, func(*pg.Conn) error { return nil }); err != nil {
		t.Errorf("another organisation: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := acme.DB.As(ctx, acme.Org.Role, func(*pg.Conn) error { return nil }); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("one more of its own: %v, want UNAVAILABLE", err)
	}
	close(release)
	done.Wait()
	if err := acme.DB.As(t.Context(), acme.Org.Role, func(*pg.Conn) error { return nil }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
