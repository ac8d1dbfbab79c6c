package e2e_test

import (
	"fmt"
	"testing"
)

// TestPlansThatAreUsedAgain: a document asked again with other variables answers
// as one that was never asked before.
func TestPlansThatAreUsedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 1, 30)
	var ids []any
	for _, n := range w.ask(t, "vera", `{ customers(first: 30) { nodes { id } } }`, nil).at("customers", "nodes").([]any) {
		ids = append(ids, n.(map[string]any)["id"])
	}
	first := w.ask(t, "vera", `{ customers(first: 3, orderBy: [{field: NAME}]) { pageInfo { endCursor } } }`, nil)
	cursor := first.at("customers", "pageInfo", "endCursor")
	const page = `{ edges { cursor node { name ...more } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }`
	const more = ` fragment more on Customer { tier roles(first: $n) { nodes { level } } }`
	for name, doc := range map[string]struct {
		text string
		vars []vars
	}{
		"record": {`query($id: ID!, $n: Int, $title: String, $tasks: Boolean!) { customer(id: $id) { name title owner { name } roles(first: $n) { totalCount nodes { responsibility member { name } } } tasks(first: 2, filter: {title: {startsWith: $title}}) @include(if: $tasks) { nodes { title } } } }`,
			[]vars{{"id": ids[0], "tasks": true}, {"id": ids[1], "tasks": true, "title": "Task 2"}, {"id": ids[1], "tasks": false}, {"id": ids[2], "n": 1, "tasks": true, "title": nil}, {"id": "customer_999999", "tasks": true}, {"id": ids[0], "n": 0, "tasks": true}, {"id": ids[0], "n": -1, "tasks": true}, {"id": "task_1", "tasks": true}}},
		"page": {`query($first: Int, $last: Int, $after: String, $before: String, $offset: Int, $n: Int, $filter: CustomerFilter, $order: [CustomerOrder!]) { customers(first: $first, last: $last, after: $after, before: $before, offset: $offset, filter: $filter, orderBy: $order) ` + page + ` }` + more,
			[]vars{{}, {"first": 3}, {"first": 3, "order": []any{vars{"field": "NAME"}}}, {"first": 3, "after": cursor, "order": []any{vars{"field": "NAME"}}},
				{"last": 3, "before": cursor, "order": []any{vars{"field": "NAME"}}}, {"last": 2}, {"first": 3, "offset": 5}, {"first": 3, "n": 1}, {"first": 3, "after": "nonsense"},
				{"first": 3, "filter": vars{"name": vars{"contains": "1"}}}, {"first": 3, "filter": vars{"createdAt": vars{"during": "TODAY"}}}, {"first": 200}, {"first": 201},
				{"first": 3, "order": []any{vars{"field": "ANNUAL_REVENUE", "direction": "DESC"}}}, {"first": 40, "order": []any{vars{"field": "ANNUAL_REVENUE", "direction": "DESC"}, vars{"field": "NAME"}}}}},
		"generic": {`query($form: String!, $first: Int, $fields: [String!]) { records(form: $form, first: $first) { nodes { id values(fields: $fields) } } }`,
			[]vars{{"form": "customer"}, {"form": "task"}, {"form": "customer", "fields": []any{"name"}}, {"form": "task", "fields": []any{"name"}}, {"form": "nowhere"}, {"form": "customer", "first": 2, "fields": []any{"tier", "name"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			for round := range 3 {
				for i, v := range doc.vars {
					again := w.try(t, "vera", doc.text, v)
					fresh := w.try(t, "vera", fmt.Sprintf("%s # %d %d", doc.text, round, i), v)
					if again.raw != fresh.raw || again.raw == "" {
						t.Errorf("%v in round %d:\n%v\nand asked for the first time:\n%v", v, round, again.raw, fresh.raw)
					}
				}
			}
		})
	}
}
