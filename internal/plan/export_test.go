package plan

// AppendString is the writer of texts, for its tests.
var AppendString = appendString

// AppendLength is the writer of lengths of time, for its tests.
var AppendLength = appendLength

// Rows is how many rows a run read on the level of that name, -1 if there is no
// such level.
func (res *Result) Rows(name string) int {
	for i, l := range res.plan.levels {
		if l.name == name {
			return res.levels[i].n
		}
	}
	return -1
}
