package gate

import (
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Validate applies rules to a document that Parse accepted, gqlparser's default
// rules if r is nil, and stops at the first n errors, 20 if n is not positive.
// Its errors have the code GRAPHQL_VALIDATION_FAILED and messages of at most
// 500 bytes.
//
// validator.ValidateWithRules would go on to the end, comparing each unknown
// name with all names of the schema to suggest one: 15,000 misspelt fields of a
// type with 500 fields take 1.5 to 4 seconds and make as many errors.
func Validate(schema *ast.Schema, doc *ast.QueryDocument, r *rules.Rules, n int) (list gqlerror.List) {
	if n <= 0 {
		n = maxErrors
	}
	if r == nil {
		r = rules.NewDefaultRules()
	}
	limited := &rules.Rules{}
	for name, rule := range r.GetInner() {
		limited.AddRule(name, func(on *validator.Events, addError validator.AddErrFunc) {
			rule(on, func(options ...validator.ErrorOption) {
				err := &gqlerror.Error{Rule: name}
				for _, option := range options {
					option(err)
				}
				list = append(list, err)
				if len(list) == n {
					panic(enough{}) // the only way out of gqlparser's walk
				}
			})
		})
	}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(enough); !ok {
				panic(p)
			}
		}
		for _, err := range list {
			errcode.Set(err, errcode.ValidationFailed)
		}
		list = CapErrors(list, n)
	}()
	if errs := validator.ValidateWithRules(schema, doc, limited); len(list) == 0 {
		list = errs // no schema or no document: not an error of a rule
	}
	return list
}

// enough ends a validation that has found as many errors as anyone will read.
type enough struct{}
