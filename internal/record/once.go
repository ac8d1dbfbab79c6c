package record

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// Once is an idempotency key: of requests of one member with the same key and the
// same input only the first does anything, and the others have its answer.
type Once struct {
	Key   string
	Input []byte // a hash of what was asked for
}

// NewOnce is a key with what was asked for: the mutation's name and its input without
// the key. Faults: INVALID at idempotencyKey.
func NewOnce(key, mutation string, input any) (*Once, error) {
	if bad := checkKey(key); bad != nil {
		return nil, bad.At("idempotencyKey")
	}
	text, err := json.Marshal([]any{mutation, input}) // maps in the order of their keys
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &Once{Key: key, Input: sum[:]}, nil
}

// maxKey is how long a key may be, in bytes.
const maxKey = 200

// checkKey refuses keys that cannot be kept.
func checkKey(key string) *fault.Fault {
	if key == "" || len(key) > maxKey {
		return fault.New(fault.Invalid, "a key has 1 to %d bytes", maxKey)
	}
	for _, c := range key {
		if c < ' ' {
			return fault.New(fault.Invalid, "a key has no control characters")
		}
	}
	return nil
}

// keptAnswer is an answer as it is kept with its key.
type keptAnswer struct {
	IDs    []int64     `json:"ids"`
	Faults []keptFault `json:"faults,omitempty"`
	Moved  []Moved     `json:"moved,omitempty"`
}

type keptFault struct {
	Row     int            `json:"row"`
	Kind    fault.Kind     `json:"kind"`
	Message string         `json:"message"`
	Path    []any          `json:"path,omitempty"`
	Details map[string]any `json:"details,omitempty"`
}

// claim takes the key for the running transaction, waiting for one that has it. A
// key whose request is done gives that answer.
func (w *writer) claim(ctx context.Context) error {
	if w.Once == nil {
		return nil
	}
	// Keys lie beyond the reach of the organisation's role.
	if err := w.c.AsOwner(ctx); err != nil {
		return err
	}
	taken := true
	who := []any{w.By.OrgID, w.By.MemberID, w.Once.Key}
	err := w.c.Query(ctx, org.ClaimKey, append(who, w.Once.Input), func([]pg.Value) error { taken = false; return nil })
	if pg.Code(err) == "55P03" {
		return fault.New(fault.Conflict, "a request with this key is still being worked on; try again").At("idempotencyKey").Because(err)
	}
	if err != nil {
		return err
	}
	if !taken {
		return w.c.AsBefore(ctx)
	}
	found := false
	err = w.c.Query(ctx, org.KeptAnswer, append(who, w.Once.Input), func(row []pg.Value) error {
		found = true
		if same, _ := row[0].(bool); !same {
			return fault.New(fault.Conflict, "this key came with another input before").At("idempotencyKey")
		}
		text, _ := row[1].(string)
		var k keptAnswer
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			return err
		}
		w.replay = k.done()
		return nil
	})
	if err == nil && !found {
		err = fault.New(fault.Conflict, "another request with this key got in the way; try again").At("idempotencyKey")
	}
	return err
}

// remember keeps the answer with the key, in the transaction that wrote.
func (w *writer) remember(ctx context.Context) error {
	if w.Once == nil {
		return nil
	}
	d := w.answer()
	k := keptAnswer{IDs: d.IDs, Moved: d.Moved}
	for _, f := range d.Faults {
		k.Faults = append(k.Faults, keptFault{f.Row, f.Kind, f.Message, f.Path, f.Details})
	}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := w.c.AsOwner(ctx); err != nil {
		return err
	}
	_, err = w.c.Exec(ctx, org.KeepAnswer, []any{w.By.OrgID, w.By.MemberID, w.Once.Key, string(text)})
	return err
}

func (k keptAnswer) done() *Done {
	d := &Done{IDs: k.IDs, Moved: k.Moved}
	for _, f := range k.Faults {
		g := fault.New(f.Kind, "%s", f.Message)
		g.Path, g.Details = f.Path, f.Details
		d.Faults = append(d.Faults, RowFault{f.Row, g})
	}
	return d
}
