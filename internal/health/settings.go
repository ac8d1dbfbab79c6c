package health

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Setting is where an organisation's Settings are kept in its catalog.
const Setting = "health"

// Settings are the weights, days and thresholds of the score. JSON names are those
// of the API, so that a fault leads to the input.
type Settings struct {
	Satisfaction float64 `json:"satisfactionWeight"`
	Engagement   float64 `json:"engagementWeight"`
	Delivery     float64 `json:"deliveryWeight"`
	Service      float64 `json:"serviceWeight"`
	Coverage     float64 `json:"coverageWeight"`
	Commercial   float64 `json:"commercialWeight"`

	Healthy    float64 `json:"healthyFrom"`
	Watch      float64 `json:"watchFrom"`
	AtRisk     float64 `json:"atRiskFrom"`
	Confidence float64 `json:"knownFrom"`
	TrendDays  int     `json:"trendDays"`

	AnswerDays int     `json:"answerDays"`
	HalfLife   int     `json:"answerHalfLife"`
	Decider    float64 `json:"deciderFactor"`

	Missed float64 `json:"missedContacts"`

	DueDays int     `json:"deliveryDays"`
	Late    float64 `json:"lateFactor"`

	Critical   float64 `json:"criticalPoints"`
	High       float64 `json:"highPoints"`
	Medium     float64 `json:"mediumPoints"`
	Low        float64 `json:"lowPoints"`
	NoSeverity float64 `json:"noSeverityPoints"`
	Old        float64 `json:"oldPoints"`
	OldDays    int     `json:"oldDays"`

	ContractDays int `json:"contractDays"`
}

// Defaults are the settings of an organisation that has set nothing.
var Defaults = Settings{
	Satisfaction: 25, Engagement: 20, Delivery: 20, Service: 15, Coverage: 10, Commercial: 10,
	Healthy: 80, Watch: 60, AtRisk: 40, Confidence: 0.5, TrendDays: 30,
	AnswerDays: 180, HalfLife: 90, Decider: 2,
	Missed:  3,
	DueDays: 90, Late: 0.5,
	Critical: 40, High: 20, Medium: 10, Low: 5, NoSeverity: 10, Old: 10, OldDays: 14,
	ContractDays: 180,
}

// SettingsOf are the settings of an organisation.
func SettingsOf(cat *form.Catalog) Settings { return Defaults.with(cat.Settings[Setting]) }

func (s Settings) with(set json.RawMessage) Settings {
	if set != nil {
		_ = json.Unmarshal(set, &s) // the program wrote it; what it does not name stays
	}
	return s
}

type weight struct {
	key    PartKey
	weight float64
}

// weights are those of the parts, in their order.
func (s Settings) weights() []weight {
	return []weight{{Satisfaction, s.Satisfaction}, {Engagement, s.Engagement}, {Delivery, s.Delivery}, {Service, s.Service}, {Coverage, s.Coverage}, {Commercial, s.Commercial}}
}

// Changed are the settings with what an input says: names that it does not have
// stay as they are. Faults: INVALID at each name that is out of its bounds.
func (s Settings) Changed(input json.RawMessage) (Settings, error) {
	s = s.with(input)
	var bad fault.List
	within := func(name string, v, low, high float64) {
		if math.IsNaN(v) || v < low || v > high {
			bad = append(bad, fault.New(fault.Invalid, "must be from %v to %v", low, high).At(name))
		}
	}
	for name, v := range map[string]float64{"satisfactionWeight": s.Satisfaction, "engagementWeight": s.Engagement, "deliveryWeight": s.Delivery,
		"serviceWeight": s.Service, "coverageWeight": s.Coverage, "commercialWeight": s.Commercial, "healthyFrom": s.Healthy, "watchFrom": s.Watch, "atRiskFrom": s.AtRisk,
		"criticalPoints": s.Critical, "highPoints": s.High, "mediumPoints": s.Medium, "lowPoints": s.Low, "noSeverityPoints": s.NoSeverity, "oldPoints": s.Old} {
		within(name, v, 0, 100)
	}
	for name, v := range map[string]int{"trendDays": s.TrendDays, "answerDays": s.AnswerDays, "answerHalfLife": s.HalfLife, "deliveryDays": s.DueDays, "oldDays": s.OldDays, "contractDays": s.ContractDays} {
		within(name, float64(v), 1, 3650)
	}
	within("knownFrom", s.Confidence, 0, 1)
	within("lateFactor", s.Late, 0, 1)
	within("deciderFactor", s.Decider, 1, 100)
	within("missedContacts", s.Missed, 1.01, 100)
	all := 0.0
	for _, w := range s.weights() {
		all += w.weight
	}
	if all <= 0 {
		bad = append(bad, fault.New(fault.Invalid, "some part must have a weight").At("satisfactionWeight"))
	}
	if s.Watch > s.Healthy || s.AtRisk > s.Watch {
		bad = append(bad, fault.New(fault.Invalid, "bands must follow each other: healthyFrom, watchFrom, atRiskFrom").At("watchFrom"))
	}
	slices.SortFunc(bad, func(a, b *fault.Fault) int { return cmp.Compare(fmt.Sprint(a.Path), fmt.Sprint(b.Path)) })
	return s, bad.Err()
}
