// Package sdl is what an organisation's own GraphQL schema says.
//
// Print writes what follows from the forms of a catalog: the shaped part. Load joins it
// with the fixed part (folder schema), which is the same for all organisations, and Slice
// prints what of both is about some forms. For a form of the key task they say
//
//	type Task implements Node & Record { ... }
//	extend type Query { task(id: ID!): Task  tasks(filter: TaskFilter, ...): TaskConnection! }
//
// Whoever answers such a schema finds by the names that are exported here what a field
// stands for. Nothing here answers, or reads anything but definitions.
package sdl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
	"fieldwork/schema"
)

// grace is how long an archived field stays in the types, so that a front end
// does not break on the same second.
const grace = 30 * 24 * time.Hour

// Print prints the shaped part of an organisation's schema: everything that
// follows from its forms. now decides which archived fields are still shown.
func Print(cat *form.Catalog, now time.Time) string {
	p := &printer{cat: cat, now: now}
	for _, f := range cat.Active() {
		p.form(f)
	}
	p.division()
	p.suggestions()
	return p.b.String()
}

type printer struct {
	b   strings.Builder
	cat *form.Catalog
	now time.Time
}

func (p *printer) put(format string, a ...any) { fmt.Fprintf(&p.b, format, a...) }

// describe prints a description, if there is one. GraphQL's string escapes are
// those of JSON.
func (p *printer) describe(indent, text string) {
	if text == "" {
		return
	}
	b, _ := json.Marshal(text) // a string always encodes
	p.put("%s%s\n", indent, b)
}

func (p *printer) form(f *form.Form) {
	label := f.Labels.In(p.cat.Language)
	p.describe("", label)
	p.put("type %s implements Node & Record {\n  id: ID!\n  version: Int!\n  title: String!\n  form: Form!\n  createdAt: DateTime!\n  createdBy: Member\n"+
		"  updatedAt: DateTime!\n  updatedBy: Member\n  archivedAt: DateTime\n  values(fields: [String!]): JSON!\n  history(first: Int, after: String): RecordChangeConnection!\n", f.Type)
	if HasHealth(f) {
		p.put("  \"How healthy the relation is, on a day up to today; when left out on the day that the customer is read as of, or today. A past day is reckoned from the records as they were when it ended (see customerHealth). Null when it was not there on that day. INVALID for a day to come.\"\n  %s(asOf: Date): HealthScore\n", HealthField)
	}
	for _, x := range p.readable(f) {
		p.output(x)
	}
	p.put("}\ntype %[1]sEdge { cursor: String! node: %[1]s! }\n", f.Type)
	p.put("type %[1]sConnection { edges: [%[1]sEdge!]! nodes: [%[1]s!]! pageInfo: PageInfo! totalCount: Int! }\n", f.Type)
	for _, x := range p.readable(f) {
		if x.IsChoice() {
			p.enum(x)
		}
	}
	p.filter(f)
	p.order(f)
	p.aggregates(f)
	p.roots(f, p.inputs(f), label)
}

// readable lists the fields of the type: the usable ones, and archived ones in
// their time of grace.
func (p *printer) readable(f *form.Form) []*form.Field {
	var out []*form.Field
	for _, x := range f.Fields {
		if f.Readable(x.Name) != x || x.Name == "title" {
			continue
		}
		if p.shown(x) {
			out = append(out, x)
		}
	}
	return out
}

func (p *printer) shown(x *form.Field) bool {
	return x.ArchivedAt == nil || p.now.Sub(*x.ArchivedAt) < grace
}

func deprecated(x *form.Field) string {
	if x.ArchivedAt != nil {
		return ` @deprecated(reason: "archived")`
	}
	return ""
}

func (p *printer) output(x *form.Field) {
	p.describe("  ", x.Labels.In(p.cat.Language))
	deprecated := deprecated(x)
	switch {
	case x.IsMany():
		p.put("  %s(search: String, filter: %sFilter, orderBy: [%sOrder!], first: Int, after: String, last: Int, before: String): %sConnection!%s\n",
			x.Name, x.Target.Type, x.Target.Type, x.Target.Type, deprecated)
		if name := x.Name + AggregateSuffix; Aggregated(x.Form, name) == x {
			p.put("  %s%s%s\n", name, aggregateArgs(x.Target, ""), deprecated)
		}
	case x.IsReference():
		p.put("  %s: %s%s\n", x.Name, x.Target.Type, deprecated)
	case x.HasLinkTable(), x.Value.Form() == kind.AsOptions:
		p.put("  %s: [%s!]!%s\n", x.Name, scalar(x), deprecated)
	default:
		p.put("  %s: %s%s%s\n", x.Name, scalar(x), map[bool]string{true: "!"}[x.Filled], deprecated)
	}
}

// scalar is the type of a field's value, or of each if it is a list.
func scalar(x *form.Field) string {
	switch {
	case x.IsChoice():
		return x.EnumType()
	case x.Target != nil:
		return "ID"
	case kind.IsFiles(x.Kind):
		return "File"
	}
	return x.Value.GraphQL()
}

// input is the type that a field's value is written in.
func input(x *form.Field) string {
	switch {
	case x.IsLinks(), kind.IsFiles(x.Kind):
		return "[ID!]"
	case x.Value.Form() == kind.AsOptions:
		return "[" + x.EnumType() + "!]"
	case x.Value.Form() == kind.AsObject:
		return x.Value.GraphQL() + "Input"
	}
	return scalar(x)
}

func (p *printer) enum(x *form.Field) {
	p.put("enum %s {\n", x.EnumType())
	for _, o := range x.Options {
		p.describe("  ", o.Labels.In(p.cat.Language))
		p.put("  %s", o.Enum)
		if o.ArchivedAt != nil {
			p.put(` @deprecated(reason: "archived")`)
		}
		p.put("\n")
	}
	p.put("}\n")
	if x.ArchivedAt == nil {
		e := x.EnumType()
		if x.Value.Form() == kind.AsOptions {
			p.put("input %[1]sFilter { has: %[1]s hasAny: [%[1]s!] hasAll: [%[1]s!] isNull: Boolean }\n", e)
			return
		}
		p.put("input %[1]sFilter { eq: %[1]s ne: %[1]s in: [%[1]s!] notIn: [%[1]s!] isNull: Boolean }\n", e)
	}
}

func (p *printer) filter(f *form.Form) {
	p.put("input %[1]sFilter {\n  and: [%[1]sFilter!]\n  or: [%[1]sFilter!]\n  not: %[1]sFilter\n"+
		"  \"Behind a reference: whether there is no record.\"\n  isNull: Boolean\n", f.Type)
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Own()...) {
		p.put("  %s: %s\n", x.Name, filterType(x))
	}
	if f.IsTeam() {
		p.put("  \"These teams and all below them.\"\n  within: [ID!]\n  \"The team of whoever asks and all below it.\"\n  withinMine: Boolean\n")
	}
	if query.KnowsMe(f) {
		p.put("  \"Whether it is whoever asks.\"\n  me: Boolean\n")
	}
	p.put("}\ninput %[1]sListFilter { some: %[1]sFilter none: %[1]sFilter every: %[1]sFilter }\n", f.Type)
	if p.linked(f) {
		p.put("input %[1]sLinksFilter { has: ID hasAny: [ID!] hasAll: [ID!] isNull: Boolean some: %[1]sFilter none: %[1]sFilter every: %[1]sFilter }\n", f.Type)
	}
}

// linked says whether some field holds links to records of the form.
func (p *printer) linked(f *form.Form) bool {
	for _, other := range p.cat.Active() {
		for _, x := range other.Own() {
			if x.IsLinks() && x.Target == f {
				return true
			}
		}
	}
	return false
}

func filterType(x *form.Field) string {
	switch {
	case x.IsID():
		return "IDFilter"
	case x.IsLinks():
		return x.Target.Type + "LinksFilter"
	case x.IsChildren():
		return x.Target.Type + "ListFilter"
	case x.IsReference():
		return x.Target.Type + "Filter"
	case x.IsChoice():
		return x.EnumType() + "Filter"
	}
	return x.Value.Filter()
}

func (p *printer) order(f *form.Form) {
	p.put("enum %sOrderField {\n", f.Type)
	for _, x := range query.Orderable(f) {
		p.put("  %s\n", query.OrderName(x))
	}
	p.put("}\ninput %[1]sOrder {\n  field: %[1]sOrderField\n  direction: OrderDirection = ASC\n  nulls: NullsOrder = LAST\n  collation: OrderCollation\n", f.Type)
	refs := slices.DeleteFunc(query.Orderable(f), func(x *form.Field) bool { return !x.IsReference() })
	if len(refs) > 0 {
		p.put("  \"In place of all of these: an order by the record behind a reference.\"\n  of: %sOrderOf\n", f.Type)
	}
	p.put("}\n")
	if len(refs) > 0 {
		p.put("input %sOrderOf @oneOf {\n", f.Type)
		for _, x := range refs {
			p.put("  %s: %sOrder\n", x.Name, x.Target.Type)
		}
		p.put("}\n")
	}
}

// inputs prints the inputs of a form's writes, and says whether it has any
// field to write.
func (p *printer) inputs(f *form.Form) bool {
	var fields, created, set strings.Builder
	for _, x := range f.Own() {
		switch {
		case x.Writable():
			fmt.Fprintf(&fields, "  %s: %s\n", x.Name, input(x))
		case x.HasRows():
			rows := fmt.Sprintf("  %s: [%sRow!]\n", x.Name, x.Target.Type)
			created.WriteString(rows)
			if x.Settings.Rows {
				set.WriteString(rows)
			}
		}
	}
	if fields.Len() == 0 { // GraphQL has no empty inputs
		return false
	}
	p.put("input Create%[1]sInput {\n%[2]s%[3]s  \"Makes it safe to repeat the request, as createRecord says.\"\n  idempotencyKey: String\n}\ninput %[1]sSet {\n%[2]s%[4]s}\n"+
		"input Update%[1]sInput { id: ID! version: Int! set: %[1]sSet! idempotencyKey: String }\n", f.Type, fields.String(), created.String(), set.String())
	p.put("input %[1]sRow {\n  \"The record, left out for a new one.\"\n  id: ID\n%[2]s%[3]s}\n", f.Type, fields.String(), created.String())
	p.put("input Create%[1]sInput { rows: [Create%[2]sInput!]! onError: OnRowError = ABORT idempotencyKey: String }\n"+
		"input Update%[1]sInput { rows: [Update%[1]sRow!]! onError: OnRowError = ABORT idempotencyKey: String }\n"+
		"input Update%[1]sRow { id: ID! \"Left out, the record is changed whatever has happened to it.\" version: Int set: %[2]sSet! }\n"+
		"input Upsert%[1]sInput { rows: [%[2]sRow!]! \"Names of the fields that records are found by, as upsertRecords says.\" by: [String!] onError: OnRowError = ABORT idempotencyKey: String }\n",
		f.Types(), f.Type)
	return true
}

func (p *printer) roots(f *form.Form, writable bool, label string) {
	p.put("type %sPayload { %s: %s }\n", f.Type, f.One, f.Type)
	p.put("type %sPayload { records: [%s!]! errors: [RowError!]! count: Int! }\n", f.Types(), f.Type)
	p.put("extend type Query {\n")
	p.describe("  ", label)
	p.put("  %s(id: ID!, asOf: DateTime): %s\n", f.One, f.Type)
	p.describe("  ", f.Descriptions.In(p.cat.Language))
	p.put("  %[1]s(search: String, filter: %[2]sFilter, orderBy: [%[2]sOrder!], view: ID, first: Int, after: String, last: Int, before: String, offset: Int, asOf: DateTime): %[2]sConnection!\n", f.Many, f.Type)
	p.put("  \"What they come to, group by group, as aggregate says.\"\n  %s%s%s\n}\n", f.Many, AggregateSuffix, aggregateArgs(f, ", view: ID, asOf: DateTime"))
	p.put("extend type Mutation {\n")
	if writable {
		p.put("  create%[1]s(input: Create%[1]sInput!): %[1]sPayload!\n  update%[1]s(input: Update%[1]sInput!): %[1]sPayload!\n", f.Type)
		p.put("  create%[1]s(input: Create%[1]sInput!): %[1]sPayload!\n  update%[1]s(input: Update%[1]sInput!): %[1]sPayload!\n  upsert%[1]s(input: Upsert%[1]sInput!): %[1]sPayload!\n", f.Types())
	}
	p.put("  archive%[1]s(input: RecordVersionInput!): %[1]sPayload!\n  restore%[1]s(input: RecordVersionInput!): %[1]sPayload!\n"+
		"  delete%[1]s(input: RecordVersionInput!): RecordDeletedPayload!\n", f.Type)
	p.put("  archive%[1]s(input: RecordRowsInput!): %[1]sPayload!\n  restore%[1]s(input: RecordRowsInput!): %[1]sPayload!\n"+
		"  delete%[1]s(input: RecordRowsInput!): RecordsDeletedPayload!\n}\n", f.Types())
}

// Whole prints the whole schema of an organisation as one document, fixed part first.
func Whole(cat *form.Catalog, now time.Time) string {
	var b strings.Builder
	for _, src := range schema.Fixed() {
		b.WriteString(src.Input)
		b.WriteString("\n")
	}
	b.WriteString(Print(cat, now))
	return b.String()
}
