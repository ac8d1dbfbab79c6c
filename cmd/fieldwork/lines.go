package main

import (
	"io"
	"sync"
	"time"
)

// lines gathers what is logged and writes it a little later: a server writes a
// line for each request, and a system call for each is dear.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	buf    []byte
	waiter *time.Timer // of the next flush; nil: nothing waits
}

// How long a line waits at most, and how many bytes do.
const (
	lineWait = 100 * time.Millisecond
	lineRoom = 32 << 10
)

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, b...)
	if len(l.buf) >= lineRoom {
		return len(b), l.out()
	}
	if l.waiter == nil {
		l.waiter = time.AfterFunc(lineWait, l.flush)
	}
	return len(b), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.out() // there is nowhere to tell it
}

func (l *lines) out() error {
	if l.waiter != nil {
		l.waiter.Stop()
		l.waiter = nil
	}
	_, err := l.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}
