package pg

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lib/pq"
)

// grace is how long PostgreSQL has to answer once a request's time is over and
// it was told to cancel the statement. A database that does not even do that is
// silent, and the connection is given up: lib/pq would wait for it for ever.
const grace = time.Second

// link is the network side of one connection. lib/pq reads and writes without
// looking at a context; a link looks at the one of whoever uses the connection.
type link struct {
	net.Conn
	user  atomic.Pointer[context.Context] // whose end is the limit; nil: none beside the deadline
	timed bool                            // there is a deadline
	first byte                            // the first that PostgreSQL sent, but for its no to TLS
	frames
}

// use makes the end of ctx, and grace, the limit of all that follows. A deadline
// is set once: to watch for the end at each read and write costs more than they
// do. A user that goes away earlier has lib/pq cancel the statement, and only a
// database that is silent then holds the connection until the deadline.
func (l *link) use(ctx context.Context) {
	if end, ok := ctx.Deadline(); ok {
		l.user.Store(nil)
		l.timed = true
		_ = l.SetDeadline(end.Add(grace))
		return
	}
	l.watch(ctx)
}

// watch does the same by looking at ctx at each read and write: while a
// connection is being opened, its deadlines are lib/pq's.
func (l *link) watch(ctx context.Context) {
	l.free()
	l.user.Store(&ctx)
}

// free takes the limit away.
func (l *link) free() {
	l.user.Store(nil)
	if l.timed {
		l.timed = false
		_ = l.SetDeadline(time.Time{})
	}
}

func (l *link) Read(b []byte) (int, error) {
	if l.framed {
		return l.frames.read(b, l.receive)
	}
	n, err := l.receive(b)
	if n > 0 && (l.first == 0 || l.first == 'N') {
		l.first = b[0]
	}
	return n, err
}

func (l *link) receive(b []byte) (int, error) {
	defer l.limit()()
	return l.Conn.Read(b)
}

func (l *link) Write(b []byte) (int, error) {
	defer l.limit()()
	return l.Conn.Write(b)
}

// limit sets a deadline when the context of the user ends, until the returned
// function is called. Whoever runs into it has lost the connection.
func (l *link) limit() func() {
	ctx := l.user.Load()
	if ctx == nil || (*ctx).Done() == nil {
		return func() {}
	}
	set := make(chan struct{})
	stop := context.AfterFunc(*ctx, func() {
		_ = l.SetDeadline(time.Now().Add(grace))
		close(set)
	})
	return func() {
		if !stop() {
			<-set
			_ = l.SetDeadline(time.Time{})
		}
	}
}

// lost says whether an idle connection has ended, or PostgreSQL has said
// something unasked, which it does before it ends one. It asks the kernel only
// and takes about a microsecond.
func (l *link) lost() bool {
	if len(l.in) > 0 {
		return true
	}
	sc, ok := l.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	var b [1]byte
	quiet := false
	err = raw.Control(func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
	})
	return err != nil || !quiet
}

// dialer makes links. lib/pq also dials to cancel statements; such a connection
// has no user and must not wait for a silent database.
type dialer struct{}

// opening is a connection being opened: lib/pq tells its dialer no more of it
// than the context.
type opening struct {
	ctx  context.Context
	link *link
}

type openingKey struct{}

// brief is a connection with a deadline that lib/pq cannot put off.
type brief struct{ net.Conn }

func (brief) SetDeadline(time.Time) error { return nil }

func (dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: 15 * time.Second}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	o, ok := ctx.Value(openingKey{}).(*opening)
	if !ok {
		return brief{c}, c.SetDeadline(time.Now().Add(grace))
	}
	o.link = &link{Conn: c}
	o.link.watch(o.ctx)
	return o.link, nil
}

// Dial and DialTimeout complete pq.Dialer; lib/pq prefers DialContext.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d dialer) DialTimeout(network, address string, limit time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// connect opens a connection with its link.
func connect(ctx context.Context, c *pq.Connector) (pqConn, *link, error) {
	o := &opening{ctx: ctx}
	dc, err := c.Connect(context.WithValue(ctx, openingKey{}, o))
	if err != nil {
		return nil, nil, err
	}
	o.link.free()
	return dc.(pqConn), o.link, nil
}

// controlConnector makes the connections of the control pool.
type controlConnector struct{ *pq.Connector }

func (c *controlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	dc, l, err := connect(ctx, c.Connector)
	if err != nil {
		return nil, err
	}
	return &controlConn{pqConn: dc, link: l}, nil
}

// controlConn is a connection of lib/pq that keeps to the contexts it is given.
type controlConn struct {
	pqConn
	link *link
}

func (c *controlConn) ResetSession(ctx context.Context) error {
	if c.link.lost() {
		return driver.ErrBadConn
	}
	return c.pqConn.ResetSession(ctx)
}

func (c *controlConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.link.use(ctx)
	return c.pqConn.BeginTx(ctx, o)
}

func (c *controlConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	c.link.use(ctx)
	return c.pqConn.PrepareContext(ctx, q)
}

func (c *controlConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	c.link.use(ctx)
	return c.pqConn.ExecContext(ctx, q, args)
}

func (c *controlConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	c.link.use(ctx)
	return c.pqConn.QueryContext(ctx, q, args)
}

func (c *controlConn) Ping(ctx context.Context) error {
	c.link.use(ctx)
	return c.pqConn.Ping(ctx)
}
