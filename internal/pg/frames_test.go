package pg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

func message(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(body))), body...)
}

// FuzzFrames receives messages in pieces and reads them in others: rows go to who
// wants them, in their order, and everything else is passed on as it came.
func FuzzFrames(f *testing.F) {
	f.Add(uint64(1), 3, 5, 40_000)
	f.Add(uint64(2), 1, 1, 10)
	f.Add(uint64(3), 4096, 33_000, 100_000)
	f.Fuzz(func(t *testing.T, seed uint64, piece, room, longest int) {
		piece, room, longest = 1+max(piece, 0)%70_000, 1+max(room, 0)%70_000, 1+max(longest, 0)%200_000
		r := rand.New(rand.NewPCG(seed, 0))
		var sent, others []byte
		var rows [][]byte
		for range 40 {
			body := make([]byte, r.IntN(longest))
			for i := range body {
				body[i] = byte(r.Uint32())
			}
			if r.IntN(2) == 0 {
				rows = append(rows, body)
				sent = append(sent, message('D', append([]byte{0, 1}, body...))...)
				continue
			}
			m := message("ZCTS"[r.IntN(4)], body)
			sent, others = append(sent, m...), append(others, m...)
		}
		read := func(wanted bool) (passed []byte, got [][]byte) {
			fr := frames{framed: true}
			if wanted {
				fr.rows = func(data []byte) { got = append(got, slices.Clone(data)) }
			}
			rest := sent
			receive := func(b []byte) (int, error) {
				if len(rest) == 0 {
					return 0, io.EOF
				}
				n := copy(b[:min(len(b), 1+r.IntN(piece))], rest)
				rest = rest[n:]
				return n, nil
			}
			for {
				b := make([]byte, 1+r.IntN(room))
				n, err := fr.read(b, receive)
				passed = append(passed, b[:n]...)
				if errors.Is(err, io.EOF) {
					return passed, got
				}
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					t.Fatal("nothing was read, and no error")
				}
			}
		}
		passed, got := read(true)
		if !bytes.Equal(passed, others) || !slices.EqualFunc(got, rows, bytes.Equal) {
			t.Errorf("of %d rows %d came, and %d bytes of %d beside them", len(rows), len(got), len(passed), len(others))
		}
		if passed, _ = read(false); !bytes.Equal(passed, sent) {
			t.Errorf("nobody wants rows, and %d bytes of %d came", len(passed), len(sent))
		}
	})
}

// What is no message ends the connection and nothing is made up from it.
func TestFramesOutOfStep(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string][]byte{
		"a length below its own":    {'Z', 0, 0, 0, 3, 'I'},
		"a row without its columns": {'D', 0, 0, 0, 5, 0, 'Z'},
	} {
		fr := frames{framed: true, rows: func([]byte) { t.Errorf("%s: a row came", name) }}
		_, err := fr.read(make([]byte, 10), func(b []byte) (int, error) { return copy(b, sent), nil })
		if !errors.Is(err, errOutOfStep) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
