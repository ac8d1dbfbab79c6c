package pg

import (
	"encoding/binary"
	"errors"
)

// frames passes on what PostgreSQL sends, message by message: a byte for its type,
// four for the length of the rest, which counts them, and the rest. Rows are given
// to whoever wants them instead, and who reads on sees the end of the answer only.
type frames struct {
	framed bool              // there are messages to see: no TLS, and the connection is open
	rows   func(data []byte) // takes the columns of each row; nil: rows are passed on
	buf    []byte
	in     []byte // of buf: received, not passed on yet
	pass   int    // bytes of a message that are still to be passed on
}

const (
	dataRow   = 'D'
	frameHead = 5
	// frameRoom is what is received at once, and frameKept how much room a long row
	// may leave behind.
	frameRoom = 32 << 10
	frameKept = 1 << 20
)

var errOutOfStep = errors.New("pg: PostgreSQL sent what is no message")

// read fills b with what is to be passed on, and receives more when there is nothing.
func (f *frames) read(b []byte, receive func([]byte) (int, error)) (n int, err error) {
	for n < len(b) {
		need := frameHead
		switch {
		case f.pass > 0 && len(f.in) > 0:
			m := copy(b[n:], f.in[:min(f.pass, len(f.in))])
			f.in, f.pass, n = f.in[m:], f.pass-m, n+m
			continue
		case f.pass == 0 && len(f.in) >= frameHead:
			size := 1 + int(binary.BigEndian.Uint32(f.in[1:]))
			switch {
			case size < frameHead:
				return n, errOutOfStep
			case f.in[0] != dataRow || f.rows == nil:
				f.pass = size
				continue
			case size <= len(f.in):
				if size < frameHead+2 {
					return n, errOutOfStep
				}
				data := f.in[frameHead+2 : size] // after the number of columns
				f.in = f.in[size:]
				f.rows(data)
				continue
			}
			need = size
		}
		if n > 0 {
			return n, nil
		}
		if err := f.fill(need, receive); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// fill receives more, into room for at least as much as is needed in one piece.
func (f *frames) fill(need int, receive func([]byte) (int, error)) error {
	if need > cap(f.buf) || cap(f.buf) > frameKept && need <= frameRoom {
		f.buf = make([]byte, max(need, frameRoom))
	}
	f.buf = f.buf[:cap(f.buf)]
	held := copy(f.buf, f.in)
	n, err := receive(f.buf[held:])
	f.in = f.buf[:held+n]
	if n > 0 {
		return nil
	}
	return err
}
