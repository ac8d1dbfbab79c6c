package division

import (
	"encoding/json"
	"math"
	"time"

	"fieldwork/internal/coverage"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Setting is where an organisation's Settings are kept in its catalog.
const Setting = coverage.Setting

// Settings are the lists, weights, days and limits of the table. JSON names are those
// of the API, so that a fault leads to the input.
type Settings struct {
	Coverage []Coverage `json:"coverage"` // where no records say what is required

	EndingDays        int     `json:"endingDays"`
	CrowdedAbove      int     `json:"crowdedAbove"`
	ConcentratedFrom  int     `json:"concentratedFrom"`
	ConcentratedShare float64 `json:"concentratedShare"`

	DefaultHours float64 `json:"defaultHours"`
	RatingDays   int     `json:"ratingDays"`
	KeyTasks     int     `json:"keyTasks"`

	TierWeights       []TierWeight `json:"tierWeights"`
	NoTierWeight      float64      `json:"noTierWeight"`
	AccountableWeight float64      `json:"accountableWeight"`
	ResponsibleWeight float64      `json:"responsibleWeight"`
	SupportWeight     float64      `json:"supportWeight"`
	ConsultedWeight   float64      `json:"consultedWeight"`
	InformedWeight    float64      `json:"informedWeight"`

	HorizonDays      int     `json:"horizonDays"`
	WeeklyHours      float64 `json:"weeklyHours"`
	OverPoints       float64 `json:"overPoints"`
	UnderPoints      float64 `json:"underPoints"`
	OverUtilisation  float64 `json:"overUtilisation"`
	UnderUtilisation float64 `json:"underUtilisation"`
}

// Coverage is what customers of a tier require.
type Coverage = coverage.Requirement

// TierWeight is what a role on a customer of a tier weighs.
type TierWeight struct {
	Tier   string  `json:"tier"`
	Weight float64 `json:"weight"`
}

// Defaults are the settings of an organisation that has set nothing.
func Defaults() Settings {
	return Settings{
		Coverage:   coverage.Defaults(),
		EndingDays: 30, CrowdedAbove: 3, ConcentratedFrom: 4, ConcentratedShare: 0.5,
		DefaultHours: 4, RatingDays: 180, KeyTasks: 3,
		TierWeights: []TierWeight{{"a", 4}, {"b", 2}, {"c", 1}, {"d", 0.5}}, NoTierWeight: 1,
		AccountableWeight: 1, ResponsibleWeight: 0.8, SupportWeight: 0.4, ConsultedWeight: 0.2, InformedWeight: 0.05,
		HorizonDays: 28, WeeklyHours: 40, OverPoints: 1.5, UnderPoints: 0.5, OverUtilisation: 1, UnderUtilisation: 0.5,
	}
}

// SettingsOf are the settings that an organisation had at a moment; the zero moment is now.
func SettingsOf(cat *form.Catalog, at time.Time) Settings { return with(cat.Setting(Setting, at)) }

// with are the defaults with what is set in their place, lists as a whole.
func with(set json.RawMessage) Settings {
	s := Defaults()
	if set == nil {
		return s
	}
	var lists struct {
		Coverage    []Coverage   `json:"coverage"`
		TierWeights []TierWeight `json:"tierWeights"`
	}
	_, _ = json.Unmarshal(set, &lists), json.Unmarshal(set, &s) // the program wrote it; what it does not name stays
	if lists.Coverage != nil {
		s.Coverage = lists.Coverage
	}
	if lists.TierWeights != nil {
		s.TierWeights = lists.TierWeights
	}
	return s
}

// CheckSettings judges what an organisation with that catalog is to have set. Faults:
// INVALID at each name that is out of its bounds, and at tiers and responsibilities
// that there are not.
func CheckSettings(cat *form.Catalog, set json.RawMessage) error {
	s, given := with(set), map[string]json.RawMessage{}
	_ = json.Unmarshal(set, &given)
	var bad fault.List
	within := func(name string, v, low, high float64) {
		if math.IsNaN(v) || v < low || v > high {
			bad = append(bad, fault.New(fault.Invalid, "must be from %v to %v", low, high).At(name))
		}
	}
	count := func(name string, v, high int) { within(name, float64(v), 1, float64(high)) }
	lists := given["coverage"] != nil || given["tierWeights"] != nil
	// In the order of the input.
	if lists {
		bad = append(bad, s.checkCoverage(cat)...)
	}
	count("endingDays", s.EndingDays, 3650)
	count("crowdedAbove", s.CrowdedAbove, 1000)
	count("concentratedFrom", s.ConcentratedFrom, 1000)
	within("concentratedShare", s.ConcentratedShare, 0, 1)
	within("defaultHours", s.DefaultHours, 0.01, 1000)
	count("ratingDays", s.RatingDays, 3650)
	count("keyTasks", s.KeyTasks, 20)
	if lists {
		bad = append(bad, s.checkTierWeights(cat)...)
	}
	within("noTierWeight", s.NoTierWeight, 0, 100)
	within("accountableWeight", s.AccountableWeight, 0, 100)
	within("responsibleWeight", s.ResponsibleWeight, 0, 100)
	within("supportWeight", s.SupportWeight, 0, 100)
	within("consultedWeight", s.ConsultedWeight, 0, 100)
	within("informedWeight", s.InformedWeight, 0, 100)
	count("horizonDays", s.HorizonDays, 3650)
	within("weeklyHours", s.WeeklyHours, 1, 168)
	within("overPoints", s.OverPoints, 0, 100)
	within("underPoints", s.UnderPoints, 0, 100)
	within("overUtilisation", s.OverUtilisation, 0, 100)
	within("underUtilisation", s.UnderUtilisation, 0, 100)
	return bad.Err()
}

// options refuses options of a choice that there are not.
type options struct {
	of   *form.Field
	seen map[string]bool
	bad  *fault.List
}

func (o options) there(key string, path ...any) {
	if o.of == nil || !o.of.Has(key) {
		*o.bad = append(*o.bad, fault.New(fault.Invalid, "there is no option %q", fault.Clip(key)).At(path...))
	}
}

func (o options) once(key string, path ...any) {
	if o.seen[key] {
		*o.bad = append(*o.bad, fault.New(fault.Invalid, "stands there twice").At(path...))
	}
	o.seen[key] = true
}

func (s Settings) checkCoverage(cat *form.Catalog) (bad fault.List) {
	tiers, duties := options{cat.Purpose("CUSTOMER_TIER"), map[string]bool{}, &bad}, options{of: cat.Purpose("ROLE_RESPONSIBILITY"), bad: &bad}
	for i, c := range s.Coverage {
		key := ""
		if c.Tier != nil {
			key = *c.Tier
			tiers.there(key, "coverage", i, "tier")
		}
		tiers.once(key, "coverage", i, "tier")
		for j, what := range c.Responsibilities {
			duties.there(what, "coverage", i, "responsibilities", j)
		}
	}
	return bad
}

func (s Settings) checkTierWeights(cat *form.Catalog) (bad fault.List) {
	tiers := options{cat.Purpose("CUSTOMER_TIER"), map[string]bool{}, &bad}
	for i, w := range s.TierWeights {
		tiers.there(w.Tier, "tierWeights", i, "tier")
		tiers.once(w.Tier, "tierWeights", i, "tier")
		if w.Weight < 0 || w.Weight > 100 {
			bad = append(bad, fault.New(fault.Invalid, "must be from 0 to 100").At("tierWeights", i, "weight"))
		}
	}
	return bad
}

// weight is what an active role counts for.
func (s Settings) weight(tier string, l Level) float64 {
	level := [Levels]float64{s.AccountableWeight, s.ResponsibleWeight, s.SupportWeight, s.ConsultedWeight, s.InformedWeight}[l]
	for _, w := range s.TierWeights {
		if w.Tier == tier {
			return w.Weight * level
		}
	}
	return s.NoTierWeight * level
}
