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
	"sync"
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

// Listen listens on channels until ctx ends; the last thing told is that
// notifications may be lost. It reconnects by itself.
func Listen(ctx context.Context, db *pg.DB, log *slog.Logger, h Handlers, channels ...string) error {
	b := &bridge{h: h}
	l := pq.NewListener(db.DSN(), 50*time.Millisecond, 2*time.Second, func(e pq.ListenerEventType, err error) {
		switch e {
		case pq.ListenerEventConnected:
			b.set(true)
			b.tell()
		case pq.ListenerEventReconnected:
			b.set(true)
			log.InfoContext(ctx, "listening for changes again")
		case pq.ListenerEventDisconnected:
			b.set(false)
			log.WarnContext(ctx, "no longer listening for changes", "err", err)
		}
	})
	for _, c := range channels {
		if err := l.Listen(c); err != nil {
			_ = l.Close()
			return pg.Translate(err)
		}
	}
	b.begin()
	go b.run(ctx, l)
	return nil
}

// bridge passes on what a listener of lib/pq tells from several goroutines, one
// at a time and never a state that is over: it says "reconnected" in the stream
// of notifications, where it may be read when the next connection is lost too.
type bridge struct {
	h     Handlers
	mu    sync.Mutex // held while a handler runs
	up    bool       // there is a connection
	begun bool       // it has been told to listen
}

// begin says that every channel is listened to; tell comes before or after.
func (b *bridge) begin() {
	b.mu.Lock()
	b.begun = true
	b.mu.Unlock()
	b.tell()
}

// set takes a new state of the connection. Only the loss is told at once: what
// was sent on an earlier connection may still have to be read.
func (b *bridge) set(up bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.up = up
	if !up {
		b.h.Connected(false)
	}
}

// tell says that a connection was made, and whether it still is.
func (b *bridge) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.h.Connected(false) // whatever was sent before is lost
	if b.up && b.begun {
		b.h.Connected(true)
	}
}

func (b *bridge) heard(n *pq.Notification) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.h.Heard(n.Channel, n.Extra)
}

func (b *bridge) run(ctx context.Context, l *pq.Listener) {
	alive := time.NewTicker(20 * time.Second)
	defer alive.Stop()
	for {
		select {
		case <-ctx.Done():
			b.set(false)
			_ = l.Close()
			for range l.Notify { // until the listener has ended
			}
			return
		case n := <-l.Notify:
			if n == nil {
				b.tell()
				continue
			}
			b.heard(n)
		case <-alive.C: // finds a peer that is gone without a word
			go func() { _ = l.Ping() }()
		}
	}
}
