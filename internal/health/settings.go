package health

import (
	"encoding/json"
	"math"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Setting is where an organisation's Settings are kept in its catalog.
const Setting = "health"

// Settings are the weights, days and thresholds of the score. JSON names are those
// of the API, so that a fault leads to the input.
type Settings struct {
	SatisfactionWeight float64 `json:"satisfactionWeight"`
	EngagementWeight   float64 `json:"engagementWeight"`
	DeliveryWeight     float64 `json:"deliveryWeight"`
	ServiceWeight      float64 `json:"serviceWeight"`
	CoverageWeight     float64 `json:"coverageWeight"`
	CommercialWeight   float64 `json:"commercialWeight"`

	HealthyFrom float64 `json:"healthyFrom"`
	WatchFrom   float64 `json:"watchFrom"`
	AtRiskFrom  float64 `json:"atRiskFrom"`
	KnownFrom   float64 `json:"knownFrom"`
	TrendDays   int     `json:"trendDays"`

	AnswerDays     int     `json:"answerDays"`
	AnswerHalfLife int     `json:"answerHalfLife"`
	DeciderFactor  float64 `json:"deciderFactor"`

	MissedContacts float64 `json:"missedContacts"`

	DeliveryDays int     `json:"deliveryDays"`
	LateFactor   float64 `json:"lateFactor"`

	CriticalPoints   float64 `json:"criticalPoints"`
	HighPoints       float64 `json:"highPoints"`
	MediumPoints     float64 `json:"mediumPoints"`
	LowPoints        float64 `json:"lowPoints"`
	NoSeverityPoints float64 `json:"noSeverityPoints"`
	OldPoints        float64 `json:"oldPoints"`
	OldDays          int     `json:"oldDays"`

	ContractDays int `json:"contractDays"`
}

// Defaults are the settings of an organisation that has set nothing.
var Defaults = Settings{
	SatisfactionWeight: 25, EngagementWeight: 20, DeliveryWeight: 20, ServiceWeight: 15, CoverageWeight: 10, CommercialWeight: 10,
	HealthyFrom: 80, WatchFrom: 60, AtRiskFrom: 40, KnownFrom: 0.5, TrendDays: 30,
	AnswerDays: 180, AnswerHalfLife: 90, DeciderFactor: 2,
	MissedContacts: 3,
	DeliveryDays:   90, LateFactor: 0.5,
	CriticalPoints: 40, HighPoints: 20, MediumPoints: 10, LowPoints: 5, NoSeverityPoints: 10, OldPoints: 10, OldDays: 14,
	ContractDays: 180,
}

// SettingsOf are the settings that an organisation had at a moment; the zero moment is now.
func SettingsOf(cat *form.Catalog, at time.Time) Settings {
	return Defaults.with(cat.Setting(Setting, at))
}

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
	return []weight{{Satisfaction, s.SatisfactionWeight}, {Engagement, s.EngagementWeight}, {Delivery, s.DeliveryWeight}, {Service, s.ServiceWeight}, {Coverage, s.CoverageWeight}, {Commercial, s.CommercialWeight}}
}

// CheckSettings judges what an organisation is to have set. Faults: INVALID at each
// name that is out of its bounds.
func CheckSettings(set json.RawMessage) error {
	s := Defaults.with(set)
	var bad fault.List
	within := func(name string, v, low, high float64) {
		if math.IsNaN(v) || v < low || v > high {
			bad = append(bad, fault.New(fault.Invalid, "must be from %v to %v", low, high).At(name))
		}
	}
	days := func(name string, v int) { within(name, float64(v), 1, 3650) }
	// In the order of the input.
	within("satisfactionWeight", s.SatisfactionWeight, 0, 100)
	within("engagementWeight", s.EngagementWeight, 0, 100)
	within("deliveryWeight", s.DeliveryWeight, 0, 100)
	within("serviceWeight", s.ServiceWeight, 0, 100)
	within("coverageWeight", s.CoverageWeight, 0, 100)
	within("commercialWeight", s.CommercialWeight, 0, 100)
	within("healthyFrom", s.HealthyFrom, 0, 100)
	within("watchFrom", s.WatchFrom, 0, 100)
	within("atRiskFrom", s.AtRiskFrom, 0, 100)
	within("knownFrom", s.KnownFrom, 0, 1)
	days("trendDays", s.TrendDays)
	days("answerDays", s.AnswerDays)
	days("answerHalfLife", s.AnswerHalfLife)
	within("deciderFactor", s.DeciderFactor, 1, 100)
	within("missedContacts", s.MissedContacts, 1.01, 100)
	days("deliveryDays", s.DeliveryDays)
	within("lateFactor", s.LateFactor, 0, 1)
	within("criticalPoints", s.CriticalPoints, 0, 100)
	within("highPoints", s.HighPoints, 0, 100)
	within("mediumPoints", s.MediumPoints, 0, 100)
	within("lowPoints", s.LowPoints, 0, 100)
	within("noSeverityPoints", s.NoSeverityPoints, 0, 100)
	within("oldPoints", s.OldPoints, 0, 100)
	days("oldDays", s.OldDays)
	days("contractDays", s.ContractDays)
	all := 0.0
	for _, w := range s.weights() {
		all += w.weight
	}
	if all <= 0 {
		bad = append(bad, fault.New(fault.Invalid, "some part must have a weight").At("satisfactionWeight"))
	}
	if s.WatchFrom > s.HealthyFrom || s.AtRiskFrom > s.WatchFrom {
		bad = append(bad, fault.New(fault.Invalid, "bands must follow each other: healthyFrom, watchFrom, atRiskFrom").At("watchFrom"))
	}
	return bad.Err()
}
