// Package demo fills an organisation with the case that Fieldwork is for: a
// software company that divides the work on its key customers.
//
// Everything is made up and computed: the same seed, day and number of
// customers give the same rows. A customer is a pure function of its number, so
// that each table is one pass over the customers, streamed by COPY, and nothing
// is held in memory however many there are.
//
//	o, err := demo.Ensure(ctx, db, forms, demo.Options{})                       // organisation "demo", 60 customers
//	counts, err := demo.Load(ctx, db, other, demo.Options{Customers: 20_000})   // about 200,000 tasks
//
// Of every 60 customers some are deliberately wrong, one for each kind of gap
// and overlap (plan.go lists them); the rest of the table is as it should be.
// About 400 lines of the package are lists: people, names, duties and texts.
//
// The demo has the key-account template: its contacts, reviews and absences are
// made too; which responsibilities and rhythms tiers need comes with the template.
//
// It writes records without package record, because COPY is twenty times as
// fast: there are no events and no history of the demo data.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/template"

	"github.com/jmoiron/sqlx"
)

// Key is the key of the organisation that Ensure makes.
const Key = "demo"

const (
	defaultCustomers = 60
	maxCustomers     = 100_000 // with ten tasks each, the million records of a form
)

// Options say how much. The zero value is the demo of 60 customers.
type Options struct {
	Customers int
	Seed      uint64
	Today     time.Time // dates are counted from its day; zero: today in the organisation's time zone
}

// Counts are the records that Load added.
type Counts struct {
	Teams, Members, Customers, Roles, Tasks, Feedback int
	// Of an organisation that has the key-account template.
	Contacts, Reviews, Improvements, Absences, TeamTemplates, TeamSeats, Profiles int
}

var (
	errNotEmpty = fault.New(fault.Conflict, "the organisation already has customers")
	errMoved    = fault.New(fault.Conflict, "the forms have just been changed; try again")
)

// Load fills an organisation that has the standard forms and no customers with
// demo data, in one transaction, by COPY. It adds the demo members, as records
// and as accounts without passwords; the organisation's first member stays and
// takes part. Faults: INVALID for options that make no sense or forms that are
// missing, CONFLICT when there are customers or demo members already or the
// forms are being changed.
//
// 20,000 customers take about 15 seconds on two cores. Writers of the
// organisation wait meanwhile, readers do not.
func Load(ctx context.Context, db *pg.DB, o org.Organisation, opt Options) (Counts, error) {
	if opt.Customers == 0 {
		opt.Customers = defaultCustomers
	}
	if opt.Customers < 0 || opt.Customers > maxCustomers {
		return Counts{}, fault.New(fault.Invalid, "there can be 1 to %d demo customers", maxCustomers).At("customers")
	}
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return Counts{}, fmt.Errorf("demo: time zone of organisation %s: %w", o.Key, err)
	}
	if opt.Today.IsZero() {
		opt.Today = time.Now().In(zone)
	}
	t, err := findTables(ctx, db, o.ID)
	if err != nil {
		return Counts{}, err
	}
	var n Counts
	err = db.InTx(ctx, func(tx *sqlx.Tx) error {
		if err := t.lock(ctx, tx); err != nil {
			return err
		}
		if err := t.checkEmpty(ctx, tx); err != nil {
			return err
		}
		if n, err = t.fill(ctx, tx, o, newCalendar(opt.Today, zone), opt); err != nil {
			return err
		}
		return t.finish(ctx, tx)
	})
	if pg.Code(err) == "23505" {
		return Counts{}, fault.New(fault.Conflict, "the organisation already has some of the demo data").Because(err)
	}
	if err != nil {
		return Counts{}, pg.Translate(err)
	}
	return n, nil
}

// Ensure makes the organisation "demo" with its data if it is not there, and
// returns it. What is there stays as it is, whatever opt says. Making and
// loading are two transactions: a start that was cut off between them is
// resumed by the next. Several servers may do it at once.
func Ensure(ctx context.Context, db *pg.DB, forms *change.Store, opt Options) (org.Organisation, error) {
	o, err := org.ByKey(ctx, db, Key)
	if fault.KindOf(err) == fault.NotFound {
		o, _, err = template.NewOrganisation(ctx, db, forms,
			org.New{Key: Key, Name: "Demo Software 示例软件", TimeZone: "Asia/Shanghai", Language: "en"},
			template.Owner{Name: ownerName, Email: ownerEmail})
		if fault.KindOf(err) == fault.Conflict { // another server was faster
			o, err = org.ByKey(ctx, db, Key)
		}
	}
	if err != nil {
		return o, err
	}
	for {
		t, err := findTables(ctx, db, o.ID)
		if err == nil {
			err = addComputed(ctx, forms, o, t.cat)
		}
		if err == nil {
			err = installKeyAccount(ctx, db, forms, o)
		}
		if err == nil {
			_, err = Load(ctx, db, o, opt)
		}
		if errors.Is(err, errNotEmpty) {
			return o, nil
		}
		if !errors.Is(err, errMoved) { // by another server that makes the demo
			return o, err
		}
	}
}
