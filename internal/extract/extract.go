// Package extract shows a customer its own part of the division table: who of the
// organisation does what for it, how these are reached, and the fields of the
// customer that were chosen, by a link that expires and can be revoked.
//
//	x, err := extracts.Create(ctx, by, cat, extract.New{Customer: "customer_3", Fields: []string{"tier"}, ExpiresAt: end})
//	x.URL()                                     // the link, shown this once
//
//	x, err = extracts.Open(ctx, secret)         // whoever has the link
//	content, err := extracts.Read(ctx, cat, x, now)
//	content.Page(links), content.File(extract.PDF)
//
// What is shown is read when the link is opened, under the rights that the member
// who made it has then. Read puts what may be shown into a Content (content.go), and
// pages and files are made of that alone (page.go, paper.go): what is not listed
// cannot reach them. Gaps, levels, absences and deputies are the organisation's own
// and are never shown (docs/adr/0025).
//
// Whatever is wrong with a link (unknown, expired, revoked, its customer archived,
// its maker gone) is the same NOT_FOUND. How the link is served is for package
// server.
package extract

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"fieldwork/internal/division"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// Path is where the server shows extracts, before their secret.
const Path = "/extract/"

// How long links last: unless something else is said, and at most.
const (
	DefaultLife = 30 * 24 * time.Hour
	longestLife = 366 * 24 * time.Hour
)

// listed is how many extracts of a customer are listed, and mostFields how many
// fields one shows.
const (
	listed     = 200
	mostFields = 50
)

// Format is what an extract may be had as, beside the page.
type Format string

// Formats.
const (
	PDF  Format = "PDF"
	PNG  Format = "PNG"
	XLSX Format = "XLSX"
)

// Store is the extracts of all organisations.
type Store struct{ db *pg.DB }

// NewStore returns the extracts in a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

// Extract is what is known of an extract; its secret only in the answer of Create.
type Extract struct {
	OrgID            int64          `db:"org_id"`
	ID               int64          `db:"id"`
	MemberID         int64          `db:"member_id"`
	Form             string         `db:"form"`
	Customer         int64          `db:"customer"`
	FieldIDs         pq.Int64Array  `db:"fields"`
	ContactIDs       pq.Int64Array  `db:"contact"`
	Responsibilities pq.StringArray `db:"responsibilities"` // nil: all
	Formats          pq.StringArray `db:"formats"`
	Language         string         `db:"language"`
	CreatedAt        time.Time      `db:"created_at"`
	ExpiresAt        time.Time      `db:"expires_at"`
	RevokedAt        *time.Time     `db:"revoked_at"`
	OpenedCount      int            `db:"opened_count"`
	LastOpenedAt     *time.Time     `db:"last_opened_at"`
	Secret           string         `db:"-"`
}

// URL is the link of an extract that was just made, nil of others.
func (x Extract) URL() *string {
	if x.Secret == "" {
		return nil
	}
	url := Path + x.Secret
	return &url
}

// IDText is the id of the API.
func (x Extract) IDText() string { return kind.ID("extract", x.ID) }

// Allows says whether the extract may be had in a format.
func (x Extract) Allows(f Format) bool { return slices.Contains(x.Formats, string(f)) }

// Fields are the customer's fields that are shown, and Contact those of members, as
// far as there still are such fields.
func (x Extract) Fields(cat *form.Catalog) []*form.Field { return fields(cat.Form(x.Form), x.FieldIDs) }

// Contact are the fields of members by which they are reached.
func (x Extract) Contact(cat *form.Catalog) []*form.Field {
	return fields(cat.Form("member"), x.ContactIDs)
}

func fields(f *form.Form, ids []int64) []*form.Field {
	out := []*form.Field{}
	for _, id := range ids {
		if f == nil {
			break
		}
		for _, x := range f.Own() {
			if x.ID == id && x.Usable() && showable(x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// New is an extract to be made.
type New struct {
	Customer         string   // id
	Fields           []string // keys of fields of customers
	Contact          []string // keys of fields of members; nil: the e-mail address and telephone number of the standard form
	Responsibilities []string // keys; nil: all
	Formats          []Format
	Language         string
	ExpiresAt        time.Time
}

const columns = `org_id, id, member_id, form, customer, fields, contact, responsibilities, formats, language, created_at, expires_at, revoked_at, opened_count, last_opened_at`

const (
	insertExtract = `
		INSERT INTO fieldwork.extract (org_id, hash, member_id, form, customer, fields, contact, responsibilities, formats, language, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING ` + columns
	selectExtracts = `SELECT ` + columns + ` FROM fieldwork.extract WHERE org_id = $1 AND form = $2 AND customer = $3 ORDER BY id DESC LIMIT $4`
	revokeExtract  = `
		UPDATE fieldwork.extract SET revoked_at = coalesce(revoked_at, now())
		 WHERE org_id = $1 AND id = $2 AND ($3 OR member_id = $4) RETURNING ` + columns
	openExtract = `
		SELECT x.org_id, x.id, x.member_id, x.form, x.customer, x.fields, x.contact, x.responsibilities, x.formats, x.language, x.created_at, x.expires_at,
		       x.revoked_at, x.opened_count, x.last_opened_at
		  FROM fieldwork.extract x JOIN fieldwork.member m ON m.org_id = x.org_id AND m.id = x.member_id
		 WHERE x.hash = $1 AND x.revoked_at IS NULL AND x.expires_at > now() AND m.active AND m.access <> 'VIEWER'`
	noteOpening = `UPDATE fieldwork.extract SET opened_count = opened_count + 1, last_opened_at = now() WHERE org_id = $1 AND id = $2`
)

// NotFound is what is said of every extract that cannot be shown.
func NotFound() *fault.Fault { return fault.New(fault.NotFound, "there is no such extract") }

// Create makes an extract. Faults: FORBIDDEN for those who may
// not change records, NOT_FOUND for the customer and for responsibilities, INVALID
// for fields that there are not or that cannot be shown, and for the expiry.
func (s *Store) Create(ctx context.Context, by org.Actor, cat *form.Catalog, n New) (Extract, error) {
	if !by.MayWrite() || by.MemberID == 0 {
		return Extract{}, fault.New(fault.Forbidden, "only members who may change records give extracts away")
	}
	x, err := n.check(cat)
	if err != nil {
		return Extract{}, err
	}
	if there, err := s.there(ctx, cat, x); err != nil || !there {
		if err == nil {
			err = noCustomer()
		}
		return Extract{}, err
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	secret := base64.RawURLEncoding.EncodeToString(random)
	hash := sha256.Sum256([]byte(secret))
	err = s.db.Control.GetContext(ctx, &x, insertExtract, by.OrgID, hash[:], by.MemberID, x.Form, x.Customer, x.FieldIDs, x.ContactIDs, x.Responsibilities, x.Formats, x.Language, x.ExpiresAt)
	if err != nil {
		return Extract{}, fmt.Errorf("insert extract: %w", pg.AsWrite(pg.Translate(err), true))
	}
	x.Secret = secret
	return x, nil
}

func noCustomer() *fault.Fault {
	return fault.New(fault.NotFound, "there is no such customer").At("customer")
}

// check finds all that is wrong with an extract to be made.
func (n New) check(cat *form.Catalog) (Extract, error) {
	var bad fault.List
	x := Extract{FieldIDs: pq.Int64Array{}, ContactIDs: pq.Int64Array{}, Responsibilities: n.Responsibilities, Formats: pq.StringArray{}, Language: n.Language, ExpiresAt: n.ExpiresAt}
	customers := cat.Customers()
	f, id, ok := cat.Locate(n.Customer)
	if !ok || f != customers {
		return x, noCustomer()
	}
	x.Form, x.Customer = f.Key, id
	for i, key := range n.Fields {
		_ = bad.Add(listField(&x.FieldIDs, customers, key, showable), "fields", i)
	}
	x.ContactIDs = contactFields(cat, n.Contact, &bad)
	if len(x.FieldIDs) > mostFields || len(x.ContactIDs) > mostFields {
		bad = append(bad, fault.New(fault.TooCostly, "at most %d fields are shown", mostFields).At("fields"))
	}
	_, err := division.Columns(cat, n.Responsibilities)
	_ = bad.Add(err)
	for _, format := range n.Formats {
		if !x.Allows(format) {
			x.Formats = append(x.Formats, string(format))
		}
	}
	if len(n.Language) > 35 || kind.CheckText(n.Language) != nil {
		bad = append(bad, fault.New(fault.Invalid, "is not the tag of a language such as zh or en").At("language"))
	}
	if now := time.Now(); !n.ExpiresAt.After(now) || n.ExpiresAt.After(now.Add(longestLife)) {
		bad = append(bad, fault.New(fault.Invalid, "an extract expires within a year from now").At("expiresAt"))
	}
	return x, bad.Err()
}

// listField adds the number of a field to a list.
func listField(list *pq.Int64Array, f *form.Form, key string, fits func(*form.Field) bool) error {
	x := f.Field(key)
	switch {
	case x == nil || x.System || !x.Usable():
		return fault.New(fault.Invalid, "there is no field %q", fault.Clip(key))
	case !fits(x):
		return fault.New(fault.Invalid, "a field of kind %s is not shown here", x.KindName())
	}
	if !slices.Contains(*list, x.ID) {
		*list = append(*list, x.ID)
	}
	return nil
}

// contactFields are the fields of members that are named or, where none are, the
// product's own: what an organisation adds is shown only when somebody says so.
func contactFields(cat *form.Catalog, keys []string, bad *fault.List) pq.Int64Array {
	out := pq.Int64Array{}
	f := cat.Form("member")
	if keys == nil {
		for _, x := range f.Own() {
			if x.Standard && x.Usable() && (x.KindName() == "EMAIL" || x.KindName() == "PHONE") {
				out = append(out, x.ID)
			}
		}
	}
	for i, key := range keys {
		_ = bad.Add(listField(&out, f, key, contact), "contact", i)
	}
	return out
}

// List lists the extracts of a customer, the newest first. Faults: NOT_FOUND.
func (s *Store) List(ctx context.Context, by org.Actor, cat *form.Catalog, customer string) ([]Extract, error) {
	f, id, ok := cat.Locate(customer)
	if !ok || f != cat.Customers() {
		return nil, noCustomer()
	}
	if there, err := s.there(ctx, cat, Extract{Form: f.Key, Customer: id}); err != nil || !there {
		if err == nil {
			err = noCustomer()
		}
		return nil, err
	}
	var out []Extract
	err := s.db.Control.SelectContext(ctx, &out, selectExtracts, by.OrgID, f.Key, id, listed)
	return out, pg.Translate(err)
}

// Revoke ends an extract at once; one that is over stays as it is. Members end their
// own, managers anybody's. Faults: NOT_FOUND.
func (s *Store) Revoke(ctx context.Context, by org.Actor, id string) (Extract, error) {
	n, ok := kind.ParseID("extract", id)
	var x Extract
	if ok && by.MayWrite() {
		err := s.db.Control.GetContext(ctx, &x, revokeExtract, by.OrgID, n, by.MayManage(), by.MemberID)
		if err == nil || !pg.IsNoRows(err) {
			return x, pg.AsWrite(pg.Translate(err), true)
		}
	}
	return x, NotFound().At("id")
}

// Open returns the extract of a link. Faults: NOT_FOUND for every reason.
func (s *Store) Open(ctx context.Context, secret string) (Extract, error) {
	hash := sha256.Sum256([]byte(secret))
	var x Extract
	err := s.db.Control.GetContext(ctx, &x, openExtract, hash[:])
	if pg.IsNoRows(err) {
		return x, NotFound()
	}
	return x, pg.Translate(err)
}

// Opened counts that an extract was shown.
func (s *Store) Opened(ctx context.Context, x Extract) error {
	_, err := s.db.Control.ExecContext(ctx, noteOpening, x.OrgID, x.ID)
	return pg.Translate(err)
}
