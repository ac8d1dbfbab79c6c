package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/report"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// What comes with the program is read with the standard forms alone, of no records, by
// every period and comparison that it takes, and drawn in both languages as every kind.
func TestEveryReportOfTheProgram(t *testing.T) {
	o := orgtest.New(t)
	cat := o.Catalog(t)
	reports := report.BuiltIn(cat)
	if len(reports) != 9 {
		t.Fatalf("there are %d", len(reports))
	}
	env := sqlgen.Env{Now: time.Now(), Member: o.Owner.MemberID}
	for _, r := range reports {
		for _, lang := range []string{"zh", "en"} {
			if r.Labels[lang] == "" || r.Descriptions[lang] == "" {
				t.Errorf("%s has no text in %s", r.Key, lang)
			}
			for _, m := range r.Measures {
				if m.Labels[lang] == "" {
					t.Errorf("%s: %s has no label in %s", r.Key, m.Name, lang)
				}
			}
		}
		p := report.Parameters{During: "THIS_QUARTER", Compare: report.LastYear}
		if r.Figure == report.ReviewCalendar {
			p.Compare = ""
		}
		ask, err := r.Ask(p, env)
		if err != nil {
			t.Errorf("%s: %v %s", r.Key, err, r.Broken)
			continue
		}
		var res *report.Result
		err = o.DB.As(t.Context(), cat.Role, func(c *pg.Conn) error {
			if res, err = ask.Run(t.Context(), c); err != nil {
				return err
			}
			res, err = res.WithTotal(t.Context(), c, report.Look{Kind: report.Number})
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", r.Key, err)
			continue
		}
		for _, kind := range []report.Kind{"", report.Bar, report.Stacked, report.Line, report.Pie, report.HeatMap, report.Number} {
			if _, err := res.Draw(report.Look{Kind: kind, Languages: []string{"zh"}}); err != nil {
				t.Errorf("%s as %q: %v", r.Key, kind, err)
			}
		}
	}
}

// An organisation whose forms lack what a report is about is told so, and the others
// work on; fields that only have the purpose do as well as the standard ones.
func TestReportsFindFieldsByPurpose(t *testing.T) {
	o := orgtest.New(t)
	for _, key := range []string{"industry", "annual_spend"} {
		if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "customer", key); err != nil {
			t.Fatal(err)
		}
	}
	byKey := func(cat *form.Catalog) map[string]*report.Report {
		out := map[string]*report.Report{}
		for _, r := range report.BuiltIn(cat) {
			out[r.Key] = r
		}
		return out
	}
	cat := o.Catalog(t)
	got := byKey(cat)
	if !strings.Contains(got["market"].Broken, "CUSTOMER_INDUSTRY") {
		t.Errorf("market is %q", got["market"].Broken)
	}
	if _, err := got["market"].Ask(report.Parameters{}, sqlgen.Env{Now: time.Now()}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("market is asked: %v", err)
	}
	names := func(r *report.Report) (out []string) {
		for _, m := range r.Measures {
			out = append(out, m.Name)
		}
		return out
	}
	if want := []string{"revenue", "customers", "average"}; got["sales"].Broken != "" || !slices.Equal(names(got["sales"]), want) {
		t.Errorf("sales has %v, %s", names(got["sales"]), got["sales"].Broken)
	}
	if _, err := report.NewStore(o.DB).Get(t.Context(), org.Actor{OrgID: o.Org.ID, Access: org.Viewer}, cat, "market"); err != nil {
		t.Error(err)
	}
}
