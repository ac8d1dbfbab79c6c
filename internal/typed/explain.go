package typed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fieldwork/internal/gate"
	"fieldwork/internal/org"
	"fieldwork/internal/request"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
)

// Explain prints the plan of an operation's record fields: what PostgreSQL
// would be asked, level by level, and what the operation costs. Nothing is run.
func (s *Schema) Explain(ctx context.Context, query, variables string) (string, error) {
	if _, errs := gate.DefaultLimits.Parse(query); errs != nil {
		return "", errs
	}
	var vars map[string]any
	if variables != "" {
		v, err := gate.DecodeJSON([]byte(variables))
		if err != nil {
			return "", err
		}
		vars, _ = v.(map[string]any)
	}
	req := &request.Request{Actor: org.Program(s.Catalog.OrgID, s.Catalog.OrgKey), Catalog: s.Catalog, Now: time.Now()}
	ctx = request.With(graphql.StartOperationTrace(ctx), req)
	op, errs := executor.New(s).CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: vars})
	if errs != nil {
		return "", errs
	}
	ctx = graphql.WithOperationContext(ctx, op)
	x := s.exec(op, req)
	typ := operationRoot(op.Operation.Operation)
	var b strings.Builder
	for _, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{typ}) {
		prepare, ours := s.roots[typ+"."+f.Name]
		if !ours {
			fmt.Fprintf(&b, "%s: answered by the fixed part, cost %d\n\n", f.Alias, x.rootCost(f))
			continue
		}
		p, err := x.prepare(ctx, typ, f, prepare)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s: cost %d of %d\n", f.Alias, p.Cost, shaped.MaxCost)
		if p.Plan != nil {
			p.Also = append(p.Also, p.Plan)
		}
		for _, pl := range p.Also {
			fmt.Fprintf(&b, "%s\n", pl.Explain())
		}
		if typ == "Mutation" && len(p.Also) == 0 {
			b.WriteString("writes one record, then reads it back\n\n")
		}
	}
	return b.String(), nil
}
