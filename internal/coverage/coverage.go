// Package coverage is what an organisation has set of who must be there for
// customers of a tier: the responsibilities that the division table looks for gaps
// in and that health counts. Records of a form with the purpose
// COVERAGE_RESPONSIBILITY stand in the place of what is set; reading them is the
// business of those packages, which read as of different moments.
package coverage

import (
	"encoding/json"
	"time"

	"fieldwork/internal/form"
)

// Requirement is what customers of a tier require; Tier is empty for those without
// one.
type Requirement struct {
	Tier             *string  `json:"tier"`
	Responsibilities []string `json:"responsibilities"`
}

// Setting is where the requirements are kept in a catalog: among what is set of the
// division table, under the name coverage.
const Setting = "division"

// Defaults are the requirements of an organisation that has set none.
func Defaults() []Requirement {
	tier := func(key string) *string { return &key }
	return []Requirement{
		{tier("a"), []string{"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "finance", "sponsor"}},
		{tier("b"), []string{"account_manager", "sales", "technical_support", "after_sales"}},
		{tier("c"), []string{"account_manager", "after_sales"}},
		{tier("d"), []string{"account_manager"}},
		{nil, []string{"account_manager"}},
	}
}

// Of are the requirements that an organisation had at a moment; the zero moment is now.
func Of(cat *form.Catalog, at time.Time) []Requirement {
	var set struct {
		Coverage []Requirement `json:"coverage"`
	}
	if b := cat.Setting(Setting, at); b != nil {
		_ = json.Unmarshal(b, &set) // the program wrote it
	}
	if set.Coverage == nil {
		return Defaults()
	}
	return set.Coverage
}

// ByTier are the responsibilities that customers of a tier need, in their order;
// those of "" are for customers without a tier, and of a tier that is not named.
func ByTier(list []Requirement) map[string][]string {
	out := map[string][]string{}
	for _, c := range list {
		key := ""
		if c.Tier != nil {
			key = *c.Tier
		}
		out[key] = c.Responsibilities
	}
	return out
}
