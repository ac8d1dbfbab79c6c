package org

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
	"golang.org/x/crypto/argon2"
)

// Argon2id as RFC 9106 allows for servers with little memory: 19 MiB, two
// passes, one lane; about 60 ms. At most hashesAtOnce run together, so that a
// flood of sign-ins costs bounded memory and leaves processors to others.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	hashesAtOnce = 2
)

// Tries of signing in, wrong or right, per address and per account within the
// window. Both are counted in this process.
const (
	triesPerAccount = 10
	triesPerAddress = 60
	triesWindow     = 15 * time.Minute
)

// SessionLife is how long a session lasts from signing in.
const SessionLife = 14 * 24 * time.Hour

var hashing = make(chan struct{}, hashesAtOnce)

// nobody is a hash that no password has: it is checked when there is no account,
// so that the answer takes as long as for a real one.
var nobody = "$argon2id$19456$2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func hash(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, pg.Translate(ctx.Err())
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, 1, 32), nil
}

// hashPassword returns "$argon2id$<KiB>$<passes>$<salt>$<hash>".
func hashPassword(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < 10 || len(password) > 200 {
		return "", fault.New(fault.Invalid, "a password has 10 to 200 characters")
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	h, err := hash(ctx, password, salt)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$%d$%d$%s$%s", argonMemory, argonPasses, enc.EncodeToString(salt), enc.EncodeToString(h)), nil
}

func checkPassword(ctx context.Context, stored, password string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false, fmt.Errorf("stored password hash has %d parts", len(parts))
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	if len(password) > 200 {
		password = "" // never hash what nobody could have set
	}
	got, err := hash(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

const (
	selectForSignIn = `
		SELECT m.org_id, o.key AS org_key, m.id, m.access, coalesce(m.password_hash, '') AS password_hash, m.active
		  FROM fieldwork.member m JOIN fieldwork.organisation o ON o.id = m.org_id
		 WHERE m.email = lower($1) AND ($2 = '' OR o.key = $2)
		 LIMIT 2`
	setPassword    = `UPDATE fieldwork.member SET password_hash = $3 WHERE org_id = $1 AND id = $2`
	selectPassword = `SELECT coalesce(password_hash, '') FROM fieldwork.member WHERE org_id = $1 AND id = $2`
	endSessions    = `DELETE FROM fieldwork.token WHERE org_id = $1 AND member_id = $2 AND kind = 'SESSION' AND id <> $3`
)

// SignIn starts a session. The organisation may be left out when the address
// belongs to one only. from is the caller's network address. Every failure is
// the same UNAUTHENTICATED; too many tries are UNAVAILABLE.
func (s *Store) SignIn(ctx context.Context, from, organisation, email, password string) (Issued, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	ok := s.tries.Allow("from "+from, triesPerAddress)
	ok = s.tries.Allow("for "+organisation+" "+email, triesPerAccount) && ok
	if !ok {
		return Issued{}, fault.New(fault.Unavailable, "too many tries to sign in; wait some minutes").With("retryAfter", int(triesWindow.Seconds()))
	}
	var rows []struct {
		OrgID  int64  `db:"org_id"`
		OrgKey string `db:"org_key"`
		ID     int64  `db:"id"`
		Access Access `db:"access"`
		Hash   string `db:"password_hash"`
		Active bool   `db:"active"`
	}
	if strings.IndexByte(email+organisation, 0) < 0 {
		if err := s.db.Control.SelectContext(ctx, &rows, selectForSignIn, email, organisation); err != nil {
			return Issued{}, pg.Translate(err)
		}
	}
	stored, known := nobody, len(rows) == 1 && rows[0].Active && rows[0].Hash != ""
	if known {
		stored = rows[0].Hash
	}
	right, err := checkPassword(ctx, stored, password)
	if err != nil {
		return Issued{}, err
	}
	if !known || !right {
		return Issued{}, fault.New(fault.Unauthenticated, "the address, the password or the organisation is wrong")
	}
	m := rows[0]
	actor := Actor{OrgID: m.OrgID, OrgKey: m.OrgKey, MemberID: m.ID, Access: m.Access}
	return s.issue(ctx, actor, m.ID, "SESSION", "", time.Now().Add(SessionLife))
}

// SetPassword sets a member's password and ends the member's other sessions.
// Members give their current password for their own; managers set others'.
// Faults: INVALID, FORBIDDEN, NOT_FOUND with paths.
func (s *Store) SetPassword(ctx context.Context, by Actor, memberID int64, current *string, password string) error {
	if by.MemberID == memberID && by.MemberID != 0 {
		if err := s.checkCurrent(ctx, by, current); err != nil {
			return err
		}
	}
	h, err := hashPassword(ctx, password)
	if err != nil {
		if f, ok := err.(*fault.Fault); ok {
			return f.At("password")
		}
		return err
	}
	return s.changeAccount(ctx, by, memberID, func(tx *sqlx.Tx, a Account) error {
		if a.Access == Owner && by.Access != Owner {
			return fault.New(fault.Forbidden, "only owners may set an owner's password")
		}
		if _, err := tx.ExecContext(ctx, setPassword, by.OrgID, memberID, h); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, endSessions, by.OrgID, memberID, by.TokenID)
		return err
	})
}

func (s *Store) checkCurrent(ctx context.Context, by Actor, current *string) error {
	var stored string
	if err := s.db.Control.GetContext(ctx, &stored, selectPassword, by.OrgID, by.MemberID); err != nil {
		return pg.Translate(err)
	}
	if stored == "" {
		return nil // none was set yet
	}
	given := ""
	if current != nil {
		given = *current
	}
	right, err := checkPassword(ctx, stored, given)
	if err != nil {
		return err
	}
	if !right {
		return fault.New(fault.Forbidden, "the current password is wrong").At("current")
	}
	return nil
}
