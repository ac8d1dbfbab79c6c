package report

import (
	"math/big"
	"strconv"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
)

// ColumnKind is what the values of a column are.
type ColumnKind string

// The kinds of columns, with their values.
const (
	Text    ColumnKind = "TEXT"    // string
	Option  ColumnKind = "OPTION"  // string: its key
	Record  ColumnKind = "RECORD"  // string: the id
	Date    ColumnKind = "DATE"    // string: the first day of the period
	Boolean ColumnKind = "BOOLEAN" // bool
	Integer ColumnKind = "INTEGER" // int64
	Decimal ColumnKind = "DECIMAL" // string
)

// Column is a key of the groups or a measure.
type Column struct {
	Key      string
	Labels   form.Label
	Kind     ColumnKind
	Unit     string
	By       string // of a date: the period
	Measure  bool
	Additive bool // a measure whose values of groups can be added up
	Share    bool // a measure in per cent, whose change is in points

	field  *form.Field // of a key of an aggregate
	target *form.Form  // of records
	period bool        // the day that the report's period goes by
}

// numeric says whether the column's values can be drawn.
func (c Column) numeric() bool { return c.Measure && (c.Kind == Integer || c.Kind == Decimal) }

func keyColumn(g query.Group) Column {
	path := ""
	for _, x := range g.Path {
		path += x.Key + "."
	}
	c := Column{Key: path + g.Field.Key, Labels: g.Field.Labels, Kind: kindOf(g.Field), By: string(g.By), field: g.Field, target: g.Field.Target}
	if g.By != "" {
		c.Kind = Date
	}
	return c
}

func kindOf(x *form.Field) ColumnKind {
	switch t := x.SQLType(); {
	case x.Target != nil:
		return Record
	case x.IsChoice() || t == "text[]":
		return Option
	case t == "boolean":
		return Boolean
	case t == "bigint" || t == "smallint":
		return Integer
	case t == "numeric" || t == "interval":
		return Decimal
	case x.Value.Name() == "DATE":
		return Date
	}
	return Text
}

// of makes the column that of a metric.
func (c *Column) of(m query.Metric) {
	c.Unit, c.Share = "", false
	c.Additive = m.Function == query.Count || m.Function == query.Sum
	switch m.Function {
	case query.Count, query.CountDistinct:
		c.Kind = Integer
		return
	case query.Min, query.Max:
		c.Kind = kindOf(m.Field)
	}
	if m.Field.SQLType() == "interval" {
		c.Unit = "s"
	} else if m.Field.Value.Name() == "MONEY" {
		c.Unit = m.Field.Settings.Currency
	}
}

// percent is (of - less) / per in per cent, nil where there is none.
func percent(of, less, per *big.Rat) any {
	if of == nil || less == nil || per == nil || per.Sign() == 0 {
		return nil
	}
	x := new(big.Rat).Sub(of, less)
	return decimal(x.Quo(x.Mul(x, big.NewRat(100, 1)), per), shareDigits)
}

// digits is how many digits after the point people read of a column's numbers.
func (c Column) digits() int {
	switch {
	case c.Kind == Integer:
		return 0
	case c.Share:
		return 1
	}
	return 2
}

// keyDigits is how many digits after the point people read of a number that is a key:
// fewer would make two of one.
const keyDigits = 4

// currency says whether numbers are amounts of money, which are written with all their
// digits.
func (c Column) currency() bool { return len(c.Unit) == 3 }

// rounded is a number of the column as people read it: not all of it.
func (c Column) rounded(x *big.Rat) string {
	if c.currency() && c.Kind == Decimal {
		return x.FloatString(c.digits())
	}
	return decimal(x, c.digits())
}

// shareDigits is how many digits shares are rounded to, as all measures of health are.
const shareDigits = 4

// plain is a value of the driver as text, nil for none. It is a copy.
func plain(v pg.Value) any {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		return strings.Clone(v)
	case []byte:
		return string(v)
	}
	return nil
}

// value is a value of the driver as the column has it.
func (c Column) value(v pg.Value) any {
	x := plain(v)
	switch text, isText := x.(string); {
	case x == nil:
		return nil
	case c.Kind == Record:
		return c.target.Key + "_" + itoa(x.(int64))
	case c.Kind == Boolean && isText:
		return text == "true"
	case c.Kind == Integer && isText:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case c.Kind == Decimal && !isText:
		return itoa(x.(int64))
	}
	return x
}

// rat is a number of a row, nil for what is none.
func rat(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case string:
		if x, ok := new(big.Rat).SetString(v); ok {
			return x
		}
	}
	return nil
}

// decimal is a number with so many digits at most.
func decimal(x *big.Rat, digits int) string {
	s := x.FloatString(digits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// maxDigits is the most digits after the point of any value.
const maxDigits = 12
