package org

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/tries"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jmoiron/sqlx"
)

// Store changes accounts and tokens and authenticates requests.
type Store struct {
	db    *pg.DB
	tries *tries.Counter // of signing in

	// found remembers authentications by token hash while listening says that
	// news of changed accounts arrive; without them every request asks.
	found     *lru.Cache[[32]byte, found]
	listening atomic.Bool
	forgets   atomic.Int64 // counts Forget, so that a slow look-up is not remembered after one
}

type found struct {
	actor   Actor
	expires time.Time
	asked   time.Time
}

// foundFor bounds how long an authentication is remembered.
const foundFor = time.Minute

// NewStore returns a store that remembers nothing until Listening(true).
func NewStore(db *pg.DB) *Store {
	cache, _ := lru.New[[32]byte, found](10_000)
	return &Store{db: db, tries: tries.New(triesWindow), found: cache}
}

// Listening says whether changes made by other servers are heard of.
func (s *Store) Listening(on bool) {
	s.listening.Store(on)
	if !on {
		s.forgets.Add(1)
		s.found.Purge()
	}
}

// Forget drops what is remembered of an organisation's accounts.
func (s *Store) Forget(orgID int64) {
	s.forgets.Add(1)
	for _, k := range s.found.Keys() {
		if f, ok := s.found.Peek(k); ok && f.actor.OrgID == orgID {
			s.found.Remove(k)
		}
	}
}

// Heard takes a notification of AccountsChannel.
func (s *Store) Heard(payload string) {
	if id, err := strconv.ParseInt(payload, 10, 64); err == nil {
		s.Forget(id)
	}
}

const prefix = "fw_"

const (
	insertToken = `
		INSERT INTO fieldwork.token (org_id, member_id, kind, name, hash, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`
	selectToken = `
		SELECT t.org_id, o.key AS org_key, t.id, t.member_id, t.kind, t.expires_at, m.access
		  FROM fieldwork.token t
		  JOIN fieldwork.member m ON m.org_id = t.org_id AND m.id = t.member_id
		  JOIN fieldwork.organisation o ON o.id = t.org_id
		 WHERE t.hash = $1 AND m.active`
	deleteToken  = `DELETE FROM fieldwork.token WHERE org_id = $1 AND id = $2 AND ($3 OR member_id = $4) RETURNING id`
	selectTokens = `
		SELECT id, member_id, kind, name, created_at, expires_at
		  FROM fieldwork.token WHERE org_id = $1 AND ($2 OR member_id = $3) AND expires_at > now() ORDER BY id`
	sweepTokens = `DELETE FROM fieldwork.token WHERE expires_at < now() - interval '30 days'`
)

// Token is what can be told of a token after it was made: never the token.
type Token struct {
	ID        int64     `db:"id"`
	MemberID  int64     `db:"member_id"`
	Kind      string    `db:"kind"` // SESSION or API
	Name      string    `db:"name"`
	CreatedAt time.Time `db:"created_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

// Issued is a new token, shown this once.
type Issued struct {
	Token  // what stays known
	Secret string
	Actor  Actor
}

// CreateToken makes an API token of a member. Members make their own, managers
// anybody's but an owner's. Faults: INVALID, FORBIDDEN, NOT_FOUND with paths.
func (s *Store) CreateToken(ctx context.Context, by Actor, memberID int64, name string, expires time.Time) (Issued, error) {
	if len(name) > 100 || strings.IndexByte(name, 0) >= 0 {
		return Issued{}, fault.New(fault.Invalid, "a name has at most 100 characters").At("name")
	}
	if !expires.After(time.Now()) || expires.After(time.Now().AddDate(10, 0, 0)) {
		return Issued{}, fault.New(fault.Invalid, "a token expires in the next ten years").At("expiresAt")
	}
	var a Account
	err := s.changeAccount(ctx, by, memberID, func(_ *sqlx.Tx, acc Account) error {
		a = acc
		if !a.Active {
			return fault.New(fault.Conflict, "the member has left").At("member")
		}
		if memberID != by.MemberID && by.Access != Owner && (a.Access == Owner || a.Access == Manager) {
			return fault.New(fault.Forbidden, "only owners may make tokens for owners and managers")
		}
		return nil
	})
	if err != nil {
		return Issued{}, err
	}
	return s.issue(ctx, Actor{OrgID: by.OrgID, OrgKey: by.OrgKey, MemberID: memberID, Access: a.Access}, memberID, "API", name, expires)
}

func (s *Store) issue(ctx context.Context, actor Actor, memberID int64, kind, name string, expires time.Time) (Issued, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return Issued{}, err
	}
	secret := prefix + base64.RawURLEncoding.EncodeToString(b)
	h := sha256.Sum256([]byte(secret))
	out := Issued{Token: Token{MemberID: memberID, Kind: kind, Name: name, CreatedAt: time.Now().UTC(), ExpiresAt: expires.UTC()}, Secret: secret, Actor: actor}
	if err := s.db.Control.GetContext(ctx, &out.ID, insertToken, actor.OrgID, memberID, kind, name, h[:], expires); err != nil {
		return Issued{}, fmt.Errorf("insert token: %w", pg.AsWrite(pg.Translate(err), true))
	}
	out.Actor.TokenID = out.ID
	return out, nil
}

// Authenticate returns whose token it is, or UNAUTHENTICATED with one text for
// every reason.
func (s *Store) Authenticate(ctx context.Context, token string) (Actor, error) {
	refused := fault.New(fault.Unauthenticated, "the token is not valid, or no longer")
	if !strings.HasPrefix(token, prefix) || len(token) > 100 {
		return Actor{}, refused
	}
	h := sha256.Sum256([]byte(token))
	now := time.Now()
	if f, ok := s.found.Get(h); ok && now.Before(f.expires) && now.Sub(f.asked) < foundFor {
		return f.actor, nil
	}
	seen := s.forgets.Load()
	var row struct {
		OrgID     int64     `db:"org_id"`
		OrgKey    string    `db:"org_key"`
		ID        int64     `db:"id"`
		MemberID  int64     `db:"member_id"`
		Kind      string    `db:"kind"`
		ExpiresAt time.Time `db:"expires_at"`
		Access    Access    `db:"access"`
	}
	err := s.db.Control.GetContext(ctx, &row, selectToken, h[:])
	if pg.IsNoRows(err) || err == nil && !now.Before(row.ExpiresAt) {
		return Actor{}, refused
	}
	if err != nil {
		return Actor{}, pg.Translate(err)
	}
	a := Actor{OrgID: row.OrgID, OrgKey: row.OrgKey, MemberID: row.MemberID, TokenID: row.ID, ByToken: row.Kind == "API", Access: row.Access}
	if s.listening.Load() && s.forgets.Load() == seen {
		s.found.Add(h, found{actor: a, expires: row.ExpiresAt, asked: now})
	}
	return a, nil
}

// RevokeToken ends a token or session at once. Members end their own, managers
// anybody's. Faults: NOT_FOUND.
func (s *Store) RevokeToken(ctx context.Context, by Actor, id int64) error {
	err := s.db.InTx(ctx, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &id, deleteToken, by.OrgID, id, by.MayManage(), by.MemberID)
		if pg.IsNoRows(err) {
			return fault.New(fault.NotFound, "there is no such token").At("id")
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, NotifyAccounts, fmt.Sprint(by.OrgID))
		return err
	})
	s.Forget(by.OrgID)
	return pg.Translate(err)
}

// Tokens lists the living tokens that the actor may end, oldest first.
func (s *Store) Tokens(ctx context.Context, by Actor) ([]Token, error) {
	var out []Token
	err := s.db.Control.SelectContext(ctx, &out, selectTokens, by.OrgID, by.MayManage(), by.MemberID)
	return out, pg.Translate(err)
}

// Sweep removes tokens that expired long ago.
func (s *Store) Sweep(ctx context.Context) error {
	_, err := s.db.Control.ExecContext(ctx, sweepTokens)
	return pg.Translate(err)
}
