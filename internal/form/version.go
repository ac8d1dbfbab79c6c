package form

import (
	"time"
)

// FormVersion is a version of the definitions that changed a form.
type FormVersion struct {
	Version  int       `db:"version"`
	At       time.Time `db:"at"`
	MemberID int64     `db:"member"` // 0: the program itself
}
