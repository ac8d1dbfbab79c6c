package rhythm

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Setting is where an organisation's Settings are kept in its catalog.
const Setting = "rhythm"

// Settings are what is set beside the records.
type Settings struct {
	WorkingDays bool `json:"workingDays"` // what falls on a day off is due on the next working day
}

// SettingsOf are the settings that an organisation had at a moment; the zero moment is
// now. Nothing is moved by default.
func SettingsOf(cat *form.Catalog, at time.Time) Settings {
	var s Settings
	_ = json.Unmarshal(cat.Setting(Setting, at), &s) // the program wrote it; nothing is the default
	return s
}

// Load reads the rhythms of an organisation and, if days are moved, its calendar, as
// of the moment of env.
func Load(ctx context.Context, c *pg.Conn, env sqlgen.Env, cat *form.Catalog) (Rhythms, error) {
	r := Rhythms{ByTier: maps.Clone(Defaults), Weekdays: SettingsOf(cat, env.Moment()).WorkingDays}
	if err := r.load(ctx, c, env, cat); err != nil || !r.Weekdays {
		return r, err
	}
	var err error
	r.Calendar, err = loadCalendar(ctx, c, env, cat)
	return r, err
}

// load reads the rhythms that are records. A tier of which there is none keeps its
// default.
func (r Rhythms) load(ctx context.Context, c *pg.Conn, env sqlgen.Env, cat *form.Catalog) error {
	tier := cat.Purpose("RHYTHM_TIER")
	if tier == nil {
		return nil
	}
	kinds := []Kind{Contact, Visit, Review}
	fields := []*form.Field{tier.Form.StoredAs("RHYTHM_TIER", "text")}
	for _, p := range []string{"RHYTHM_CONTACT_DAYS", "RHYTHM_VISIT_DAYS", "RHYTHM_REVIEW_DAYS"} {
		fields = append(fields, tier.Form.StoredAs(p, "bigint"))
	}
	return Read(ctx, c, Records{env, tier.Form, fields}, func(v []string) {
		d := Days{}
		for i, k := range kinds {
			if n, err := strconv.Atoi(v[i+1]); err == nil && n > 0 && n <= maxDays {
				d[k] = n
			} else {
				d[k] = r.Of(k, v[0])
			}
		}
		r.ByTier[v[0]] = d
	})
}

// maxDays is the longest rhythm: ten years.
const maxDays = 3650

// loadCalendar reads the holidays and make-up days of an organisation.
func loadCalendar(ctx context.Context, c *pg.Conn, env sqlgen.Env, cat *form.Catalog) (calendar.Working, error) {
	day := cat.Purpose("CALENDAR_DAY")
	if day == nil {
		return calendar.Working{}, nil
	}
	var off, on []calendar.Day
	fields := []*form.Field{day.Form.StoredAs("CALENDAR_DAY", "date"), day.Form.StoredAs("CALENDAR_KIND", "text")}
	err := Read(ctx, c, Records{env, day.Form, fields}, func(v []string) {
		d, err := calendar.Parse(v[0])
		switch {
		case err != nil: // before the year 1 or after 9999
		case v[1] == "working":
			on = append(on, d)
		default:
			off = append(off, d)
		}
	})
	return calendar.NewWorking(off, on), err
}

// maxRead is how many records of a form that says how things are done are read.
const maxRead = 10_000

// Records are the live records of a form as of a moment, and the fields of them that
// are wanted, nil for one that there is not.
type Records struct {
	Env    sqlgen.Env
	Form   *form.Form
	Fields []*form.Field
}

// Read calls row with the texts of the fields of every record, in the order in which
// they were made; "" where there is no value, or no field.
func Read(ctx context.Context, c *pg.Conn, r Records, row func([]string)) error {
	var cols []sqlgen.Column
	place := make([]int, len(r.Fields)) // of a field among the columns, from 1; 0: there is none
	for i, x := range r.Fields {
		if x != nil {
			cols = append(cols, sqlgen.Column{Field: x})
			place[i] = len(cols)
		}
	}
	if len(cols) == 0 {
		return nil
	}
	s, _ := r.Env.List(query.List{Form: r.Form}, cols, maxRead)
	v := make([]string, len(r.Fields))
	return c.Query(ctx, s.SQL, s.Args, func(values []pg.Value) error {
		for i, n := range place {
			v[i] = ""
			if n > 0 {
				text, _ := values[n-1].(string)
				v[i] = strings.Clone(text) // it is the driver's
			}
		}
		row(v)
		return nil
	})
}
