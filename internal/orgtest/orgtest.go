// Package orgtest makes organisations for tests: real ones, with the standard
// forms, in a private database.
package orgtest

import (
	"context"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/template"
	"fieldwork/internal/typed/sdl"
)

// Org is an organisation of a test.
type Org struct {
	DB    *pg.DB
	Org   org.Organisation
	Owner org.Actor
	Forms *change.Store
}

// withAcme is a database in which acme has been made, so that a test need not.
var withAcme = pgtest.Template{Name: "acme", Build: func(ctx context.Context, db *pg.DB) error {
	_, err := add(ctx, db, "acme")
	return err
}}

// New makes a private database with an organisation acme, owned by
// olga@acme.example.
func New(t testing.TB) *Org {
	t.Helper()
	return open(t, withAcme)
}

// open copies a database that has acme.
func open(t testing.TB, tpl pgtest.Template) *Org {
	t.Helper()
	db := pgtest.OpenCopy(t, tpl)
	o, err := org.ByKey(t.Context(), db, "acme")
	if err != nil {
		t.Fatal(err)
	}
	return &Org{DB: db, Org: o, Owner: org.Actor{OrgID: o.ID, OrgKey: o.Key, MemberID: 1, Access: org.Owner}, Forms: change.NewStore(db, sdl.Reserved())}
}

// Add makes one more organisation in a database, owned by olga@<key>.example.
func Add(t testing.TB, db *pg.DB, key string) *Org {
	t.Helper()
	o, err := add(t.Context(), db, key)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func add(ctx context.Context, db *pg.DB, key string) (*Org, error) {
	forms := change.NewStore(db, sdl.Reserved())
	o, owner, err := template.NewOrganisation(ctx, db, forms, org.New{Key: key, Name: key + " Ltd", TimeZone: "Asia/Shanghai"},
		template.Owner{Name: "Olga", Email: "olga@" + key + ".example"})
	return &Org{DB: db, Org: o, Owner: owner, Forms: forms}, err
}

// Catalog loads the organisation's definitions as they are now.
func (o *Org) Catalog(t testing.TB) *form.Catalog {
	t.Helper()
	cat, err := form.Load(context.WithoutCancel(t.Context()), o.DB, o.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// Token makes an API token of a member.
func (o *Org) Token(t testing.TB, member int64) string {
	t.Helper()
	issued, err := org.NewStore(o.DB).CreateToken(t.Context(), org.Program(o.Org.ID, o.Org.Key), member, "test", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return issued.Secret
}

// Install installs a template of the catalogue, without sample records.
func (o *Org) Install(t testing.TB, key string) *form.Catalog {
	t.Helper()
	done, err := template.NewStore(o.DB, o.Forms).Install(t.Context(), o.Owner, template.Source{Key: key}, template.Installing{})
	if err != nil {
		t.Fatal(err)
	}
	return done.Catalog
}
