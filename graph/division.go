package graph

import (
	"context"

	"fieldwork/graph/model"
	"fieldwork/internal/division"
	"fieldwork/internal/request"
)

// person is a reference to the record of a member whom the division table names.
func person(ctx context.Context, p *division.Person) model.Member {
	if p == nil {
		return nil
	}
	return member(ctx, p.ID)
}

// customer is a reference to the record of a customer.
func customer(ctx context.Context, id int64) model.Record {
	return recordRef(ctx, request.From(ctx).Catalog.Customers(), id)
}
