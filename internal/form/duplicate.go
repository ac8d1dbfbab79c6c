package form

import (
	"fmt"
	"hash/fnv"
	"strconv"
)

// Records are likely to be duplicates when what they hold in a telling field is
// the same but for how people write it. Which fields tell, and how, follows from
// the definitions; what is compared is what fieldwork_expr.duplicate_key makes of
// a value (migration 0008). Each such field has an index over that for the records
// in use, which is kept like the form's search index (docs/adr/0021).

// Telling is how the values of a field tell that two records are the same.
type Telling string

// The ways.
const (
	TellingName  Telling = "NAME"
	TellingCode  Telling = "CODE"
	TellingPhone Telling = "PHONE"
	TellingEmail Telling = "EMAIL"
)

// How likely two records are the same when they agree in one field.
const (
	scoreCode  = 1.0
	scoreReach = 0.9 // telephone numbers and e-mail addresses
	scoreName  = 0.85
)

// Score is how likely two records are the same that agree in a field that tells
// like this, from 0 to 1.
func (t Telling) Score() float64 {
	switch t {
	case TellingCode:
		return scoreCode
	case TellingPhone, TellingEmail:
		return scoreReach
	case TellingName:
		return scoreName
	}
	return 0
}

// Telling is how the field's values tell of duplicates, "" where they do not. A
// purpose says it best; of a text without, the title is a name, and one that must
// be unique a code.
func (f *Field) Telling() Telling {
	if f.System || !f.Usable() || !f.Stored() {
		return ""
	}
	switch f.Kind.Name() {
	case "PHONE":
		return TellingPhone
	case "EMAIL":
		return TellingEmail
	case "TEXT":
	default:
		return ""
	}
	switch {
	case f.Purpose == "CUSTOMER_TAX_NUMBER":
		return TellingCode
	case f.Purpose == "CUSTOMER_NAME" || f == f.Form.Title:
		return TellingName
	case f.Unique:
		return TellingCode
	}
	return ""
}

// DuplicateKey is what of a text is compared with other values of the field, in SQL.
func (f *Field) DuplicateKey(text string) string {
	return fmt.Sprintf("fieldwork_expr.duplicate_key(%s, '%s')", text, f.Telling())
}

// DuplicateIndex names the index by which records are found that the field says
// are the same.
func (f *Field) DuplicateIndex() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.DuplicateKey(f.Column())))
	return fmt.Sprintf("%s%08x", f.Form.DuplicatePrefix(), h.Sum32())
}

// DuplicatePrefix begins the names of the form's indexes for duplicates.
func (f *Form) DuplicatePrefix() string { return "duplicate_" + strconv.FormatInt(f.ID, 10) + "_" }
