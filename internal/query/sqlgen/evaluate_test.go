package sqlgen_test

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// This file is an independent reading of what expressions mean, on records in
// memory: three-valued logic, exact decimals, and null where there is no answer.
// It shares nothing with package sqlgen but the tree.
//
// A value is nil, a string (texts and options), num, bool, day, moment, length,
// []string (options) or int64 (the number of a record).

type (
	// num is c / 10^scale. How many digits a quotient has depends on the scales of
	// its operands, so they are kept as PostgreSQL keeps them.
	num struct {
		c     *big.Int
		scale int
	}
	day    int   // since 1970-01-01
	moment int64 // microseconds since then
	length struct{ days, micros int64 }
)

const (
	dayMicros = int64(86_400_000_000)
	firstDay  = day(-719162) // 0001-01-01
	lastDay   = day(2932896) // 9999-12-31
	longest   = 3_652_059    // days between them, and one
)

// row is a record as it was inserted.
type row struct {
	form     *form.Form
	id       int64
	archived bool
	values   map[string]any     // by field key; absent when empty
	links    map[string][]int64 // by field key, in their order
}

// memory is every record, by form.
type memory struct {
	rows   map[string][]*row
	now    time.Time
	zone   *time.Location
	member int64
}

func (m *memory) find(form string, id int64) *row {
	for _, r := range m.rows[form] {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (m *memory) get(r *row, x *form.Field) any {
	switch {
	case r == nil:
		return nil
	case x.IsID():
		return r.id
	case x.Expr != nil:
		return m.computed(x, r)
	}
	return r.values[x.Key]
}

// computed is the value of a computed field.
func (m *memory) computed(x *form.Field, r *row) any {
	v := m.eval(x.Expr.Root, []*row{r})
	if _, ok := x.Expr.Root.(expr.Ref); ok || v == nil {
		return v
	}
	switch x.Expr.Type {
	case expr.Number:
		if s := x.Settings.Scale; s != nil {
			return v.(num).round(*s)
		}
		return v.(num).round(kind.MaxScale).trim()
	case expr.Text:
		if v == "" {
			return nil
		}
	}
	return v
}

func (m *memory) follow(r *row, path []expr.Field) *row {
	for _, p := range path {
		x := form.FieldOf(p)
		id, ok := m.get(r, x).(int64)
		if !ok {
			return nil
		}
		r = m.find(x.Target.Key, id)
	}
	return r
}

// eval is the value of a node; levels are the records around it, the innermost
// first.
func (m *memory) eval(n expr.Node, levels []*row) any {
	is := func(x expr.Node) any { return m.eval(x, levels) }
	switch n := n.(type) {
	case expr.Literal:
		return readLiteral(n)
	case expr.Ref:
		return m.get(m.follow(levels[n.Level], n.Path), form.FieldOf(n.Field))
	case expr.Self:
		return levels[n.Level].id
	case expr.Not:
		if v, ok := is(n.X).(bool); ok {
			return !v
		}
		return nil
	case expr.Logic:
		var out any = n.And
		for _, p := range n.Parts {
			switch v := is(p); {
			case v == nil:
				out = nil
			case v != n.And:
				return !n.And
			}
		}
		return out
	case expr.Compare:
		l, r := is(n.L), is(n.R)
		if l == nil || r == nil {
			return nil
		}
		c := compareValues(l, r)
		return map[expr.Op]bool{expr.Eq: c == 0, expr.Ne: c != 0, expr.Lt: c < 0, expr.Lte: c <= 0, expr.Gt: c > 0, expr.Gte: c >= 0}[n.Op]
	case expr.In:
		x := is(n.X)
		if x == nil {
			return nil
		}
		var found any = false
		for _, e := range n.List {
			if v := is(e); v == nil {
				found = nil
			} else if compareValues(x, v) == 0 {
				return !n.Negate
			}
		}
		if found == false {
			return n.Negate
		}
		return nil
	case expr.Empty:
		v := is(n.X)
		return (v == nil || v == "") != n.Negate
	case expr.Arith:
		l, r := is(n.L), is(n.R)
		if l == nil || r == nil {
			return nil
		}
		return calculate(n.Op, l, r)
	case expr.Neg:
		switch v := is(n.X).(type) {
		case num:
			return num{new(big.Int).Neg(v.c), v.scale}
		case length:
			return length{-v.days, -v.micros}
		}
		return nil
	case expr.If:
		for i, c := range n.Conds {
			if is(c) == true {
				return is(n.Thens[i])
			}
		}
		return is(n.Else)
	case expr.Aggregate:
		return m.aggregate(n, levels)
	case expr.Call:
		args := make([]any, len(n.Args))
		for i, a := range n.Args {
			args[i] = is(a)
		}
		return m.call(n, args)
	}
	panic(fmt.Sprintf("no %T", n))
}

func readLiteral(l expr.Literal) any {
	switch l.T {
	case expr.Null:
		return nil
	case expr.Integer, expr.Number:
		return readNum(l.Value)
	case expr.Boolean:
		return l.Value == "true"
	case expr.Date:
		return readDay(l.Value)
	case expr.DateTime:
		return readMoment(l.Value)
	case expr.Duration:
		return readLength(l.Value)
	}
	return l.Value
}

func (m *memory) aggregate(n expr.Aggregate, levels []*row) any {
	var values []any
	count := 0
	for _, r := range m.source(n.From, levels) {
		inside := append([]*row{r}, levels...)
		if r.archived || n.Where != nil && m.eval(n.Where, inside) != true {
			continue
		}
		count++
		if n.Value == nil {
			continue
		}
		v := m.eval(n.Value, inside)
		if n.Func == "first" {
			return v
		}
		if v != nil {
			values = append(values, v)
		}
	}
	switch n.Func {
	case "count":
		return whole(int64(count))
	case "sum", "avg":
		sum := whole(0)
		for _, v := range values {
			sum = calculate(expr.Add, sum, v).(num)
		}
		if n.Func == "sum" {
			return sum
		}
		if len(values) == 0 {
			return nil
		}
		return calculate(expr.Div, sum, whole(int64(len(values))))
	case "min", "max":
		return extreme(values, n.Func == "max")
	}
	return nil // first of nothing
}

// extreme is the least or greatest of values, of which none is nil.
func extreme(values []any, greatest bool) any {
	var out any
	for _, v := range values {
		if out == nil || compareValues(v, out) < 0 && !greatest || compareValues(v, out) > 0 && greatest {
			out = v
		}
	}
	return out
}

// source are the records gone over, by id.
func (m *memory) source(s expr.Source, levels []*row) []*row {
	if s.Many == nil {
		return m.rows[s.Form.Key()]
	}
	at := m.follow(levels[s.Level], s.Path)
	if at == nil {
		return nil
	}
	return m.behind(at, form.FieldOf(s.Many))
}

// behind are the records that a field of links or children leads to, by id.
func (m *memory) behind(at *row, x *form.Field) []*row {
	var out []*row
	for _, r := range m.rows[x.Target.Key] {
		switch {
		case x.IsLinks():
			if slices.Contains(at.links[x.Key], r.id) {
				out = append(out, r)
			}
		case x.Via.IsLinks():
			if slices.Contains(r.links[x.Via.Key], at.id) {
				out = append(out, r)
			}
		case r.values[x.Via.Key] == at.id:
			out = append(out, r)
		}
	}
	return out
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case num:
		x, y := align(a, b.(num))
		return x.Cmp(y)
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return compareInts(int64(map[bool]int{true: 1}[a]), int64(map[bool]int{true: 1}[b.(bool)]))
	case day:
		return compareInts(int64(a), int64(b.(day)))
	case moment:
		return compareInts(int64(a), int64(b.(moment)))
	case length:
		return a.total().Cmp(b.(length).total())
	case int64:
		return compareInts(a, b.(int64))
	}
	panic(fmt.Sprintf("%T has no order", a))
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func calculate(op expr.Op, l, r any) any {
	switch l := l.(type) {
	case num:
		switch r := r.(type) {
		case num:
			return arithmetic(op, l, r)
		case day:
			return r.add(l)
		}
	case day:
		switch r := r.(type) {
		case day:
			return whole(int64(l - r))
		case num:
			if op == expr.Sub {
				r = num{new(big.Int).Neg(r.c), r.scale}
			}
			return l.add(r)
		}
	case moment:
		switch r := r.(type) {
		case moment:
			return length{int64(l-r) / dayMicros, int64(l-r) % dayMicros}
		case length:
			return l.add(r, op)
		}
	case length:
		switch r := r.(type) {
		case moment:
			return r.add(l, op)
		case length:
			sum := l.total()
			if op == expr.Sub {
				sum.Sub(sum, r.total())
			} else {
				sum.Add(sum, r.total())
			}
			if new(big.Int).Abs(sum).Cmp(big.NewInt(longest*dayMicros)) > 0 {
				return nil
			}
			return length{sum.Int64() / dayMicros, sum.Int64() % dayMicros}
		}
	}
	panic(fmt.Sprintf("%T %s %T", l, op, r))
}

func whole(n int64) num { return num{big.NewInt(n), 0} }

func readNum(s string) num {
	digits, fraction, _ := strings.Cut(s, ".")
	c, ok := new(big.Int).SetString(digits+fraction, 10)
	if !ok {
		panic(s + " is no number")
	}
	return num{c, len(fraction)}
}

func (n num) String() string {
	s := new(big.Int).Abs(n.c).String()
	if len(s) <= n.scale {
		s = strings.Repeat("0", n.scale-len(s)+1) + s
	}
	if n.scale > 0 {
		s = s[:len(s)-n.scale] + "." + s[len(s)-n.scale:]
	}
	if n.c.Sign() < 0 {
		s = "-" + s
	}
	return s
}

func ten(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// align brings two numbers to one scale.
func align(a, b num) (x, y *big.Int) {
	x, y = new(big.Int).Set(a.c), new(big.Int).Set(b.c)
	if a.scale < b.scale {
		x.Mul(x, ten(b.scale-a.scale))
	} else {
		y.Mul(y, ten(a.scale-b.scale))
	}
	return x, y
}

func arithmetic(op expr.Op, a, b num) any {
	x, y := align(a, b)
	scale := max(a.scale, b.scale)
	out := new(big.Int)
	switch op {
	case expr.Add:
		return num{out.Add(x, y), scale}
	case expr.Sub:
		return num{out.Sub(x, y), scale}
	case expr.Mul:
		return num{out.Mul(a.c, b.c), a.scale + b.scale}
	}
	if y.Sign() == 0 {
		return nil
	}
	if op == expr.Mod {
		return num{out.Rem(x, y), scale}
	}
	digits := quotientScale(a, b)
	return num{divide(x.Mul(x, ten(digits)), y), digits}
}

// divide rounds half away from zero.
func divide(x, y *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(y) >= 0 {
		q.Add(q, big.NewInt(int64(x.Sign()*y.Sign())))
	}
	return q
}

// quotientScale is how many digits PostgreSQL gives a quotient: at least 16 that
// count, and no fewer than its operands have.
func quotientScale(a, b num) int {
	wa, fa := group(a)
	wb, fb := group(b)
	w := wa - wb
	if fa <= fb {
		w--
	}
	return min(max(16-w*4, a.scale, b.scale, 0), 1000)
}

// group is the first digit to the base 10000 that is not 0, and its place.
func group(n num) (place int, first int64) {
	if n.c.Sign() == 0 {
		return 0, 0
	}
	s := new(big.Int).Abs(n.c).String()
	top := len(s) - 1 - n.scale // power of ten of the first digit
	place = top / 4
	if top%4 < 0 {
		place--
	}
	keep := top - place*4 + 1
	for len(s) < keep {
		s += "0"
	}
	first, _ = strconv.ParseInt(s[:keep], 10, 64)
	return place, first
}

func (n num) round(scale int) num {
	if n.scale <= scale {
		return num{new(big.Int).Mul(n.c, ten(scale-n.scale)), scale}
	}
	return num{divide(n.c, ten(n.scale-scale)), scale}
}

func (n num) trim() num {
	s := n.String()
	if n.scale > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return readNum(s)
}

// floor is the greatest whole number that is not above n.
func (n num) floor() num {
	q, r := new(big.Int).QuoRem(n.c, ten(n.scale), new(big.Int))
	if r.Sign() < 0 {
		q.Sub(q, big.NewInt(1))
	}
	return num{q, 0}
}

func (n num) neg() num { return num{new(big.Int).Neg(n.c), n.scale} }

// within is a whole number between two bounds.
func (n num) within(lo, hi int64) int64 {
	c := n.floor().c
	if c.Cmp(big.NewInt(lo)) < 0 {
		return lo
	}
	if c.Cmp(big.NewInt(hi)) > 0 {
		return hi
	}
	return c.Int64()
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func dayOf(t time.Time) any {
	y, mo, d := t.Date()
	if y < 1 || y > 9999 {
		return nil
	}
	return day(time.Date(y, mo, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func readDay(s string) day {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return day(t.Unix() / 86400)
}

func readMoment(s string) moment {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return moment(t.UnixMicro())
}

func (m moment) time() time.Time { return time.UnixMicro(int64(m)).UTC() }

func (m moment) String() string {
	return strings.TrimSuffix(strings.TrimSuffix(m.time().Format("2006-01-02 15:04:05.999999"), "."), " ") + "+00"
}

func inCalendar(m *big.Int) any {
	if !m.IsInt64() || m.Int64() < int64(firstDay)*dayMicros || m.Int64() >= (int64(lastDay)+1)*dayMicros {
		return nil
	}
	return moment(m.Int64())
}

func (d day) add(n num) any {
	sum := new(big.Int).Add(big.NewInt(int64(d)), n.floor().c)
	if sum.Cmp(big.NewInt(int64(firstDay))) < 0 || sum.Cmp(big.NewInt(int64(lastDay))) > 0 {
		return nil
	}
	return day(sum.Int64())
}

func (m moment) add(l length, op expr.Op) any {
	by := l.total()
	if op == expr.Sub {
		by.Neg(by)
	}
	return inCalendar(by.Add(by, big.NewInt(int64(m))))
}

// addMonths keeps the day of the month, or takes the last one there is.
func addMonths(t time.Time, n num) (time.Time, bool) {
	total := new(big.Int).Add(n.floor().c, big.NewInt(int64(t.Year()*12+int(t.Month())-1)))
	if total.Cmp(big.NewInt(12)) < 0 || total.Cmp(big.NewInt(9999*12+11)) > 0 {
		return t, false
	}
	y, mo := int(total.Int64()/12), time.Month(total.Int64()%12+1)
	last := time.Date(y, mo+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(y, mo, min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), true
}

var lengthParts = regexp.MustCompile(`^P(?:(-?[0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:(-?)([0-9]+)(?:\.([0-9]+))?S)?)?$`)

func readLength(s string) length {
	p := lengthParts.FindStringSubmatch(s)
	n := func(s string) int64 { v, _ := strconv.ParseInt(s, 10, 64); return v } // nothing is 0
	second := n(p[5])*1_000_000 + n((p[6] + "000000")[:6])
	if p[4] != "" {
		second = -second
	}
	return length{n(p[1]), (n(p[2])*3600+n(p[3])*60)*1_000_000 + second}
}

func (l length) total() *big.Int {
	t := new(big.Int).Mul(big.NewInt(l.days), big.NewInt(dayMicros))
	return t.Add(t, big.NewInt(l.micros))
}

// seconds is the length in seconds, with six digits.
func (l length) seconds() num { return num{l.total(), 6} }

// String is the length as PostgreSQL prints it.
func (l length) String() string {
	out := "P"
	if l.days != 0 {
		out += fmt.Sprintf("%dD", l.days)
	}
	if l.micros != 0 {
		out += "T"
	}
	s := l.micros / 1_000_000
	if h := s / 3600; h != 0 {
		out += fmt.Sprintf("%dH", h)
	}
	if mi := s / 60 % 60; mi != 0 {
		out += fmt.Sprintf("%dM", mi)
	}
	if rest := l.micros % 60_000_000; rest != 0 {
		out += num{big.NewInt(rest), 6}.trim().String() + "S"
	}
	if out == "P" {
		return "PT0S"
	}
	return out
}

// print is a value as its column's text, which is what text() makes of it too.
func print(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case day:
		return v.time().Format(time.DateOnly)
	case []string:
		return "{" + strings.Join(v, ",") + "}"
	}
	return fmt.Sprint(v)
}

var isNumber = regexp.MustCompile(`^[ \t\n\r]*[-+]?[0-9]{1,38}(\.[0-9]{1,12})?[ \t\n\r]*$`)

// call is the value of a function; all but a few are null when an argument is.
func (m *memory) call(n expr.Call, args []any) any {
	switch n.Func {
	case "today":
		return dayOf(m.now.In(m.zone))
	case "now":
		return moment(m.now.UnixMicro())
	case "me":
		return m.member
	case "coalesce":
		for _, a := range args {
			if a != nil {
				return a
			}
		}
		return nil
	case "least", "greatest":
		return extreme(slices.DeleteFunc(args, func(a any) bool { return a == nil }), n.Func == "greatest")
	case "concat":
		out := ""
		for _, a := range args {
			if a != nil {
				out += print(a)
			}
		}
		return cut(out, kind.MaxLongText)
	}
	if slices.Contains(args, any(nil)) {
		return nil
	}
	switch a := args[0].(type) {
	case num:
		return a.call(n, args)
	case string:
		return callText(n, a, args)
	}
	switch n.Func {
	case "text":
		return print(args[0])
	case "has":
		return slices.Contains(args[0].([]string), args[1].(string))
	case "hours":
		return calculate(expr.Div, args[0].(length).seconds(), whole(3600))
	case "hours_between":
		return calculate(expr.Div, num{big.NewInt(int64(args[1].(moment) - args[0].(moment))), 6}, whole(3600))
	case "days_between":
		if a, ok := args[0].(day); ok {
			return whole(int64(args[1].(day) - a))
		}
		return whole(int64(args[1].(moment)-args[0].(moment)) / dayMicros)
	case "add_days":
		if a, ok := args[0].(day); ok {
			return a.add(args[1].(num))
		}
		by := new(big.Int).Mul(args[1].(num).floor().c, big.NewInt(dayMicros))
		return inCalendar(by.Add(by, big.NewInt(int64(args[0].(moment)))))
	case "add_months":
		if a, ok := args[0].(day); ok {
			if t, ok := addMonths(a.time(), args[1].(num)); ok {
				return dayOf(t)
			}
			return nil
		}
		if t, ok := addMonths(args[0].(moment).time(), args[1].(num)); ok {
			return moment(t.UnixMicro())
		}
		return nil
	}
	d, ok := args[0].(day)
	if !ok { // what calendars in the organisation's zone show
		local := dayOf(args[0].(moment).time().In(m.zone))
		if local == nil {
			return nil
		}
		d = local.(day)
	}
	t := d.time()
	switch n.Func {
	case "date":
		return d
	case "year":
		return whole(int64(t.Year()))
	case "month":
		return whole(int64(t.Month()))
	case "day":
		return whole(int64(t.Day()))
	case "quarter":
		return whole(int64(t.Month()+2) / 3)
	case "weekday":
		return whole(int64(t.Weekday()+6)%7 + 1)
	case "start_of_month":
		return dayOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	case "end_of_month":
		return dayOf(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC))
	}
	panic("no function " + n.Func)
}

func (n num) call(c expr.Call, args []any) any {
	switch c.Func {
	case "abs":
		return num{new(big.Int).Abs(n.c), n.scale}
	case "floor":
		return n.floor()
	case "ceil":
		return n.neg().floor().neg()
	case "round":
		if len(args) == 1 {
			return n.round(0)
		}
		return n.round(int(args[1].(num).c.Int64()))
	case "text":
		return n.String()
	}
	panic("no function " + c.Func)
}

func cut(s string, n int) string {
	r := []rune(s)
	return string(r[:min(len(r), n)])
}

func callText(n expr.Call, s string, args []any) any {
	text := func(i int) string { return args[i].(string) }
	size := func(i int) int64 { return args[i].(num).within(-1, 1_000_000) }
	runes := []rune(s)
	count := int64(len(runes))
	switch n.Func {
	case "text":
		return s
	case "upper":
		return strings.ToUpper(s)
	case "lower":
		return strings.ToLower(s)
	case "trim":
		return strings.Trim(s, " ")
	case "length":
		return whole(count)
	case "left", "right", "mid": // there is no text of fewer than 0 characters
		if size(1) < 0 || n.Func == "mid" && (size(1) == 0 || size(2) < 0) {
			return nil
		}
		switch size := min(count, size(1)); n.Func {
		case "left":
			return string(runes[:size])
		case "right":
			return string(runes[count-size:])
		}
		from := min(size(1)-1, count)
		return string(runes[from:min(count, from+size(2))])
	case "replace":
		from, to := text(1), text(2)
		nf, nt := int64(len([]rune(from))), int64(len([]rune(to)))
		switch {
		case from == "":
			return s
		case nt <= nf || count*nt <= 1_000_000:
			return cut(strings.ReplaceAll(s, from, to), 100_000)
		}
		return nil
	case "contains":
		return strings.Contains(s, text(1))
	case "starts_with":
		return strings.HasPrefix(s, text(1))
	case "ends_with":
		return strings.HasSuffix(s, text(1))
	case "number":
		if !isNumber.MatchString(s) {
			return nil
		}
		return readNum(strings.TrimPrefix(strings.Trim(s, " \t\n\r"), "+"))
	}
	panic("no function " + n.Func)
}
