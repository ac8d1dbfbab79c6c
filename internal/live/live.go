// Package live hears of changes made by other servers of the same database.
//
// PostgreSQL's NOTIFY is transactional: it is delivered after commit or not at
// all. The payload is ids and versions only. When the connection that listens
// is lost, notifications may be lost with it, so listeners are told: until it is
// back they must not rely on what they remember.
package live

import (
	"context"
	"log/slog"
	"time"

	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// Handlers are called one at a time.
type Handlers struct {
	// Heard is called for every notification.
	Heard func(channel, payload string)
	// Connected is called with true when notifications arrive (again), with false
	// when they may be lost.
	Connected func(bool)
}

// Listen listens on channels until ctx ends. It reconnects by itself.
func Listen(ctx context.Context, db *pg.DB, log *slog.Logger, h Handlers, channels ...string) error {
	l := pq.NewListener(db.DSN(), 50*time.Millisecond, 2*time.Second, func(e pq.ListenerEventType, err error) {
		switch e {
		case pq.ListenerEventDisconnected:
			h.Connected(false)
			log.WarnContext(ctx, "no longer listening for changes", "err", err)
		case pq.ListenerEventReconnected:
			log.InfoContext(ctx, "listening for changes again")
		}
	})
	for _, c := range channels {
		if err := l.Listen(c); err != nil {
			_ = l.Close()
			return pg.Translate(err)
		}
	}
	h.Connected(true)
	go run(ctx, l, h)
	return nil
}

func run(ctx context.Context, l *pq.Listener, h Handlers) {
	defer func() { _ = l.Close() }()
	alive := time.NewTicker(20 * time.Second)
	defer alive.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-l.Notify:
			if n == nil { // reconnected: whatever was sent meanwhile is lost
				h.Connected(false)
				h.Connected(true)
				continue
			}
			h.Heard(n.Channel, n.Extra)
		case <-alive.C: // finds a peer that is gone without a word
			go func() { _ = l.Ping() }()
		}
	}
}
