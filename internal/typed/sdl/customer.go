package sdl

import "fieldwork/internal/form"

// HealthField is what customers have besides what every record has. A field of the
// organisation's own that has its name stands in its place.
const HealthField = "health"

// HasHealth says whether records of a form have that field.
func HasHealth(f *form.Form) bool {
	return f == f.Catalog.Customers() && f.Readable(HealthField) == nil
}

// DivisionRoot is the division table: a fixed type, asked for by filters and orders of
// the organisation's own customers. Organisations without customers have none.
const DivisionRoot = "divisionTable"

// division prints the root field, and the customers that the fixed types hold.
func (p *printer) division() {
	f := p.cat.Customers()
	if f == nil {
		return
	}
	for _, typ := range []string{"DivisionRow", "CoverageGap", "CoverageOverlap", "StaleRole", "GapSuggestion"} {
		p.put("extend type %s {\n  \"The customer; null when not visible.\"\n  customer: %s\n}\n", typ, f.Type)
	}
	p.put("extend type Query {\n  \"\"\"\n  The division-of-labour table of a day, today if left out: a page of the customers that match, and gaps, overlaps and workload of\n"+
		"  all of them. responsibilities are keys of the columns wanted (NOT_FOUND for one that there is not): cells, gaps, overlaps and stale roles are of\n"+
		"  these. first is 20 unless said and 200 at most (TOO_COSTLY). INVALID for a day to come. A past day is as its records were when it\n  ended, those behind customer and members too, and so are settings.\n  \"\"\"\n"+
		"  %s(search: String, filter: %[2]sFilter, responsibilities: [String!], asOf: Date, orderBy: [%[2]sOrder!], first: Int, after: String): DivisionTable!\n}\n", DivisionRoot, f.Type)
}

// SuggestionsRoot is who could fill the gaps of customers: a fixed type, asked for by
// filters and orders of the organisation's own customers.
const SuggestionsRoot = "suggestions"

// suggestions prints the root field.
func (p *printer) suggestions() {
	f := p.cat.Customers()
	if f == nil {
		return
	}
	p.put("extend type Query {\n  \"\"\"\n  Members who could fill the gaps of the customers that match, with the reasons. Gaps are those of divisionTable with the same arguments; first is how many\n"+
		"  are told, 20 unless said and 200 at most, candidates how many members of each, 5 unless said and 20 at most (TOO_COSTLY). A past day is as in divisionTable,\n  but for refusals, which are those of now.\n  \"\"\"\n"+
		"  %s(search: String, filter: %[2]sFilter, responsibilities: [String!], asOf: Date, orderBy: [%[2]sOrder!], first: Int, candidates: Int): Suggestions!\n}\n", SuggestionsRoot, f.Type)
}
