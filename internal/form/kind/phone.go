package kind

import (
	"regexp"
	"strings"

	"fieldwork/internal/fault"

	"github.com/nyaruka/phonenumbers"
)

// Phone is a telephone number in E.164, so that one number is one text however
// it was typed: +8613800138000, with an extension +862161234567;ext=123.
type Phone struct{}

func (Phone) Name() string       { return "PHONE" }
func (Phone) Column() string     { return "text" }
func (Phone) GraphQL() string    { return "String" }
func (Phone) Filter() string     { return "TextFilter" }
func (Phone) Form() Form         { return AsString }
func (Phone) Operators() []Op    { return Text{}.Operators() }
func (Phone) Settings() []string { return []string{"region"} }

// phoneShape is a number as people write it, and an extension. The library
// would skip what it does not know, and with it a second number or a name.
var phoneShape = regexp.MustCompile(`(?i)^(?:tel:)?([+＋]?[\p{Nd}\s()（）\[\]./·~～\-‐‑‒–—―−－]+?)` +
	`(?:\s*(?:;ext=|ext\.?|extension|x|#|＃|转|轉|分机)\s*[:：.]?\s*([0-9]{1,7}))?$`)

// Parse takes a number as people write it. One without + is of the field's
// region, or of China. A number that no network can have given is refused.
func (Phone) Parse(raw any, s *Settings) (any, error) {
	v, ok, err := line(raw)
	if err != nil || !ok {
		return nil, err
	}
	v = strings.TrimSpace(v)
	m := phoneShape.FindStringSubmatch(v)
	if m == nil || len(v) > 100 {
		return nil, invalid("%q is not a telephone number such as +86 138 0013 8000", fault.Clip(v))
	}
	region := s.Region
	if region == "" {
		region = DefaultRegion
	}
	n, err := phonenumbers.Parse(m[1], region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) || !phonenumbers.IsValidNumber(n) {
		return nil, invalid("%q is not a number that exists; numbers of other countries than %s start with +", fault.Clip(v), region)
	}
	out := phonenumbers.Format(n, phonenumbers.E164)
	if m[2] != "" {
		out += ";ext=" + m[2]
	}
	return out, nil
}

// isRegion tells whether numbers of the region are known.
func isRegion(code string) bool { return phonenumbers.GetSupportedRegions()[code] }
