package plan

import "math"

// Cost is how many records an answer may hold at most, which is what bounds the
// work and the size of an answer, plus ten for every count of a list. It
// saturates instead of wrapping around.
type Cost int64

// countCost is what counting a list costs: it may read an index of all records.
const countCost = 10

// Plus adds, saturating.
func (c Cost) Plus(d Cost) Cost {
	if c > math.MaxInt64-d {
		return math.MaxInt64
	}
	return c + d
}

// Times multiplies, saturating.
func (c Cost) Times(d Cost) Cost {
	if c != 0 && d > math.MaxInt64/c {
		return math.MaxInt64
	}
	return c * d
}

// Cost is the cost of one record with all below it.
func (o Object) Cost() Cost {
	c := Cost(1)
	for _, i := range o.Items {
		switch w := i.What.(type) {
		case Referred:
			c = c.Plus(w.Object.Cost())
		case Connected:
			c = c.Plus(w.List.Cost())
		case Aggregated:
			c = c.Plus(w.Groups.Cost())
		case Outside:
			c = c.Plus(w.Each)
		case History:
			c = c.Plus(w.Cost())
		}
	}
	return c
}

// Cost is the cost of a page with all below it.
func (l List) Cost() Cost {
	rows, once := Cost(0), Cost(1)
	for _, p := range l.Parts {
		switch w := p.What.(type) {
		case Nodes:
			rows = rows.Plus(w.Object.Cost())
		case Edges:
			rows = rows.Plus(1)
			for _, e := range w.Parts {
				if e.Node != nil {
					rows = rows.Plus(e.Node.Cost())
				}
			}
		case PageInfo:
			once = once.Plus(1)
		case TotalCount:
			once = once.Plus(countCost)
		}
	}
	return once.Plus(rows.Times(Cost(l.Query.First)))
}
