package change_test

import (
	"encoding/json"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/org"
	"fieldwork/internal/orgtest"
)

// What is set is part of the definitions: of a version, loaded with them, undone as
// other changes are.
func TestSettingsArePartOfTheDefinitions(t *testing.T) {
	o := orgtest.New(t)
	set := func(by org.Actor, expected *int64, value string) (int64, error) {
		cat, err := o.Forms.Set(t.Context(), by, expected, "colours", func(json.RawMessage) (json.RawMessage, error) { return json.RawMessage(value), nil })
		if err != nil {
			return 0, err
		}
		return cat.Version, nil
	}
	wants := func(want string) {
		t.Helper()
		if got := string(o.Catalog(t).Settings["colours"]); got != want {
			t.Errorf("colours are %s, want %s", got, want)
		}
	}
	before := o.Catalog(t).Version
	first, err := set(o.Owner, &before, `{"a": 1}`)
	if err != nil || first != before+1 {
		t.Fatalf("version %d after %d: %v", first, before, err)
	}
	wants(`{"a": 1}`)
	if _, err := set(o.Owner, &before, `{}`); fault.KindOf(err) != fault.Conflict {
		t.Errorf("for a version that has passed: %v", err)
	}
	if _, err := set(org.Actor{OrgID: o.Org.ID, Access: org.Worker}, nil, `{}`); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("by a member: %v", err)
	}
	second, err := set(o.Owner, nil, `{"a": 2}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, first); fault.KindOf(err) != fault.Conflict {
		t.Errorf("undone although it was changed since: %v", err)
	}
	if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, second); err != nil {
		t.Fatal(err)
	}
	wants(`{"a": 1}`)
	cat, err := o.Forms.Set(t.Context(), o.Owner, nil, "sounds", func(json.RawMessage) (json.RawMessage, error) { return json.RawMessage("{}"), nil })
	if err != nil || cat.Settings["sounds"] == nil {
		t.Fatal(err)
	}
	if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version); err != nil {
		t.Fatal(err)
	}
	if now, there := o.Catalog(t).Settings["sounds"]; there {
		t.Errorf("what was not set before is %s after it was undone", now)
	}
	refused := fault.New(fault.Invalid, "no")
	if _, err := o.Forms.Set(t.Context(), o.Owner, nil, "colours", func(json.RawMessage) (json.RawMessage, error) { return nil, refused }); fault.KindOf(err) != fault.Invalid {
		t.Errorf("what is refused: %v", err)
	}
}
