package kind

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"fieldwork/internal/fault"

	"golang.org/x/text/width"
)

// ParseText reads what a cell of a spreadsheet holds into the same column's
// text as Parse does. A blank cell is empty. It takes what people write in
// cells: thousands separators, signs of currencies and of percent, yes and no,
// 2026/1/31 and 2026年1月31日, lists with ; , or 、 between. Options are read by
// key and enum name, records by id or number: whoever knows labels and titles
// looks those up before. A moment must have an offset; see ParseTextIn.
func ParseText(k Kind, cell string, s *Settings) (any, error) { return ParseTextIn(k, cell, s, nil) }

// ParseTextIn is ParseText for cells whose moments are of a zone when they have
// no offset.
func ParseTextIn(k Kind, cell string, s *Settings, zone *time.Location) (any, error) {
	if err := CheckText(cell); err != nil {
		return nil, err
	}
	t := strings.TrimSpace(cell)
	if t == "" {
		return nil, nil
	}
	switch k.(type) {
	case Integer, Decimal, Percent, Money, Rating, Progress:
		n, err := cellNumber(k, t, s)
		if err != nil {
			return nil, err
		}
		return k.Parse(n, s)
	case Boolean:
		if b, ok := cellBooleans[strings.ToLower(t)]; ok {
			return k.Parse(b, s)
		}
		return nil, invalid("%q is neither yes nor no", fault.Clip(t))
	case Date:
		if d, rest := cellDay(t); rest == "" {
			return k.Parse(d, s)
		}
	case DateTime:
		m, err := cellMoment(t, zone)
		if err != nil {
			return nil, err
		}
		return k.Parse(m, s)
	case Duration:
		return k.Parse(cellLength(t), s)
	case Choice:
		return k.Parse(t, s)
	case Reference, Member, Team:
		return k.Parse(cellID(t, s.To), s)
	case MultiChoice, Members, References, Attachment:
		form := s.To
		if IsFiles(k) {
			form = FileForm
		}
		return k.Parse(cellList(t, form), s)
	case JSON, Address, Location:
		v, err := cellObject(k, t)
		if err != nil {
			return nil, err
		}
		return k.Parse(v, s)
	}
	return k.Parse(cell, s)
}

// PrintText writes a column's text into a cell that ParseText reads back, given
// the same settings: as people read it where that loses nothing. It takes what
// Parse gives as well as what PostgreSQL prints. Records are printed by number.
func PrintText(k Kind, column string) string {
	switch k.(type) {
	case Boolean:
		return map[string]string{"t": "true", "f": "false"}[column[:min(1, len(column))]]
	case DateTime: // 2026-01-31 09:30:00.5+00 to 2026-01-31T09:30:00.5Z
		if t, ok := strings.CutSuffix(column, "+00"); ok {
			return strings.Replace(t, " ", "T", 1) + "Z"
		}
	case MultiChoice, Members, References:
		return strings.Join(Elements(column), "; ")
	case Attachment:
		out := Elements(column)
		for i := range out {
			out[i] = FileForm + "_" + out[i]
		}
		return strings.Join(out, "; ")
	case JSON, Address, Location:
		return printObject(k, column)
	}
	return column
}

var cellBooleans = map[string]bool{"true": true, "yes": true, "是": true, "false": false, "no": false, "否": false}

// moneySigns are what people write beside an amount, the longer ones first, and
// the currencies that each may stand for.
var moneySigns = []struct{ sign, codes string }{
	{"US$", "USD"}, {"HK$", "HKD"}, {"NT$", "TWD"}, {"A$", "AUD"}, {"C$", "CAD"}, {"S$", "SGD"}, {"R$", "BRL"}, {"RMB", "CNY"},
	{"$", "USD HKD TWD AUD CAD SGD NZD MXN CLP COP ARS"}, {"¥", "CNY JPY"}, {"元", "CNY"}, {"圆", "CNY"}, {"円", "JPY"}, {"€", "EUR"}, {"£", "GBP EGP LBP SYP"},
	{"₹", "INR"}, {"₩", "KRW KPW"}, {"₽", "RUB"}, {"₫", "VND"}, {"฿", "THB"}, {"₱", "PHP"}, {"₺", "TRY"}, {"₴", "UAH"}, {"₪", "ILS"}, {"₦", "NGN"}, {"₸", "KZT"},
}

var cellDigits = regexp.MustCompile(`^(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$`)

// cellNumber strips a number of what people put around it. A sign of another
// currency than the field's is refused, not dropped.
func cellNumber(k Kind, cell string, s *Settings) (string, error) {
	bad := invalid("%q is not a number", fault.Clip(cell))
	t := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '−' || r == '–':
			return '-'
		case r == '’':
			return '\''
		}
		return r
	}, width.Fold.String(cell))
	sign := ""
	if inner, ok := strings.CutPrefix(t, "("); ok { // an accountant's minus
		if t, ok = strings.CutSuffix(inner, ")"); !ok {
			return "", bad
		}
		sign = "-"
	}
	percent, money := false, false
	for {
		t = strings.TrimSpace(t)
		if rest := strings.TrimLeft(t, "+-"); sign == "" && len(t) == len(rest)+1 {
			sign, t = t[:1], rest
			continue
		}
		if rest, ok := strings.CutSuffix(t, "%"); ok && !percent && (k.Name() == "PERCENT" || k.Name() == "PROGRESS") {
			percent, t = true, rest
			continue
		}
		rest, codes := cutCurrency(t)
		if codes == "" || money || k.Name() == "PERCENT" || k.Name() == "PROGRESS" || k.Name() == "RATING" {
			break
		}
		if s.Currency != "" && !strings.Contains(codes, s.Currency) {
			return "", invalid("%q is not an amount of %s", fault.Clip(cell), s.Currency)
		}
		money, t = true, rest
	}
	if t == "" || !cellDigits.MatchString(t) {
		return "", bad
	}
	return sign + strings.NewReplacer(",", "", " ", "", "'", "").Replace(t), nil
}

// cutCurrency cuts the sign or code of a currency off either end, and returns
// the currencies it may mean, "" for none.
func cutCurrency(t string) (rest, codes string) {
	for _, m := range moneySigns {
		if rest, ok := strings.CutPrefix(t, m.sign); ok {
			return rest, m.codes
		}
		if rest, ok := strings.CutSuffix(t, m.sign); ok {
			return rest, m.codes
		}
	}
	if len(t) > 3 {
		if c := strings.ToUpper(t[:3]); IsCurrency(c) {
			return t[3:], c
		}
		if c := strings.ToUpper(t[len(t)-3:]); IsCurrency(c) {
			return t[:len(t)-3], c
		}
	}
	return t, ""
}

var (
	dayShape    = regexp.MustCompile(`^([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)`)
	clockShape  = regexp.MustCompile(`^(?:[Tt]|\s+)?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,9})?))?\s*(Z|z|[+-][0-9]{2}:?[0-9]{2})?$`)
	lengthClock = regexp.MustCompile(`^(-?)([0-9]{1,7}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,6})?))?$`)
)

// locationShape is latitude, longitude and perhaps a label.
var locationShape = regexp.MustCompile(`^([^,，]+)[,，]([^,，]+)(?:[,，](.*))?$`)

// cellDay reads the day that a text starts with, and returns what follows it;
// all of it when it starts with none.
func cellDay(t string) (day, rest string) {
	t = width.Fold.String(t)
	m := dayShape.FindStringSubmatch(t)
	if m == nil {
		return "", t
	}
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	return m[1] + "-" + two(m[2]+m[4]+m[6]+m[8]) + "-" + two(m[3]+m[5]+m[7]+m[9]), t[len(m[0]):]
}

// cellMoment reads a day and a time into RFC 3339.
func cellMoment(t string, zone *time.Location) (string, error) {
	day, rest := cellDay(t)
	if rest == "" && zone != nil {
		rest = "00:00"
	}
	m := clockShape.FindStringSubmatch(rest)
	if day == "" || m == nil {
		return t, nil // for Parse to refuse
	}
	clock := strings.Repeat("0", 2-len(m[1])) + m[1] + ":" + m[2] + ":" + m[3]
	if m[3] == "" {
		clock += "00"
	}
	switch offset := strings.ToUpper(m[4]); {
	case offset == "" && zone == nil:
		return "", invalid("%q has no offset such as Z or +08:00", fault.Clip(t))
	case offset == "":
		d, err := time.ParseInLocation("2006-01-02T15:04:05", day+"T"+clock, zone)
		if err != nil {
			return t, nil
		}
		return d.UTC().Format(time.RFC3339Nano), nil
	case len(offset) == 5:
		return day + "T" + clock + offset[:3] + ":" + offset[3:], nil
	default:
		return day + "T" + clock + offset, nil
	}
}

// cellLength reads 1:30 and 1:30:15 as spreadsheets show lengths of time, and
// leaves everything else.
func cellLength(t string) string {
	m := lengthClock.FindStringSubmatch(width.Fold.String(t))
	if m == nil {
		return t
	}
	if m[4] == "" {
		m[4] = "0"
	}
	return fmt.Sprintf("%sPT%sH%sM%sS", m[1], m[2], m[3], m[4])
}

// cellID makes an id of a number alone.
func cellID(t, form string) string {
	if digitsOnly(t) {
		return form + "_" + t
	}
	return t
}

func cellList(t, form string) []any {
	var out []any
	for item := range strings.FieldsFuncSeq(t, func(r rune) bool { return strings.ContainsRune(";,、；，\n\r", r) }) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, cellID(item, form))
		}
	}
	return out
}

// cellObject reads JSON, and for addresses and locations what people write in
// place of it: the street alone; latitude, longitude and a label.
func cellObject(k Kind, t string) (any, error) {
	if k.Name() == "JSON" || strings.HasPrefix(t, "{") {
		return decode(t)
	}
	if k.Name() == "ADDRESS" {
		return map[string]any{"street": t}, nil
	}
	m := locationShape.FindStringSubmatch(t)
	if m == nil {
		return nil, invalid("%q is not a location such as 31.2304, 121.4737", fault.Clip(t))
	}
	return map[string]any{"latitude": m[1], "longitude": m[2], "label": m[3]}, nil
}

func printObject(k Kind, column string) string {
	v, err := decode(column)
	if err != nil {
		return column
	}
	text, err := k.Parse(v, &Settings{})
	if err != nil || text == nil {
		return column
	}
	o, _ := v.(map[string]any)
	part := func(name string) string {
		if o[name] == nil {
			return ""
		}
		return strings.TrimSpace(fmt.Sprint(o[name]))
	}
	switch street := part("street"); k.(type) {
	case Address:
		if len(o) == 1 && street != "" && !strings.HasPrefix(street, "{") {
			return street
		}
	case Location:
		out := part("latitude") + ", " + part("longitude")
		if label := part("label"); label != "" {
			out += ", " + label
		}
		return out
	}
	return text.(string)
}
