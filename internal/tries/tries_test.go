package tries_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldwork/internal/tries"
)

func TestAllow(t *testing.T) {
	c := tries.New(time.Hour)
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if c.Allow("a", 20) {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	if allowed.Load() != 20 || c.Allow("a", 20) {
		t.Errorf("%d tries are allowed", allowed.Load())
	}
	if !c.Allow("b", 1) || c.Allow("b", 1) {
		t.Error("another key is not counted by itself")
	}
}
