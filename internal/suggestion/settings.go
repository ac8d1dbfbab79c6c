package suggestion

import (
	"encoding/json"
	"math"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// Setting is where an organisation's Settings are kept in its catalog.
const Setting = "suggestion"

// Settings are what the reasons weigh, against each other. JSON names are those of the
// API, so that a fault leads to the input.
type Settings struct {
	LoadWeight    float64 `json:"loadWeight"`
	RegionWeight  float64 `json:"regionWeight"`
	SkillWeight   float64 `json:"skillWeight"`
	EarlierWeight float64 `json:"earlierWeight"`
}

// Defaults are the settings of an organisation that has set nothing.
func Defaults() Settings { return Settings{0.4, 0.25, 0.2, 0.15} }

// SettingsOf are the settings that an organisation had at a moment; the zero moment is now.
func SettingsOf(cat *form.Catalog, at time.Time) Settings { return with(cat.Setting(Setting, at)) }

func with(set json.RawMessage) Settings {
	s := Defaults()
	if set != nil {
		_ = json.Unmarshal(set, &s) // the program wrote it; what it does not name stays
	}
	return s
}

func (s Settings) sum() float64 {
	return s.LoadWeight + s.RegionWeight + s.SkillWeight + s.EarlierWeight
}

// CheckSettings judges what is to be set. Faults: INVALID at each name that is out of
// its bounds.
func CheckSettings(set json.RawMessage) error {
	s := with(set)
	var bad fault.List
	for _, w := range []struct {
		name  string
		value float64
	}{{"loadWeight", s.LoadWeight}, {"regionWeight", s.RegionWeight}, {"skillWeight", s.SkillWeight}, {"earlierWeight", s.EarlierWeight}} {
		if math.IsNaN(w.value) || w.value < 0 || w.value > 100 {
			bad = append(bad, fault.New(fault.Invalid, "must be from 0 to 100").At(w.name))
		}
	}
	if len(bad) == 0 && s.sum() == 0 {
		bad = append(bad, fault.New(fault.Invalid, "one of the weights must be more than 0").At("loadWeight"))
	}
	return bad.Err()
}
