package typed

import (
	"context"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/request"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// persisted keeps query texts by their hash, so that clients may send the hash
// alone (automatic persisted queries). Each organisation has its own: what one
// has sent, another cannot run. Texts too long to keep are run, and asked for
// again the next time.
type persisted struct {
	kept *lru.Cache[string, string]
}

const keptTexts = 2_000

func newPersisted() persisted {
	kept, _ := lru.New[string, string](keptTexts)
	return persisted{kept}
}

func (persisted) key(ctx context.Context, hash string) string {
	return strconv.FormatInt(request.From(ctx).Actor.OrgID, 10) + " " + hash
}

// Get returns the text of a hash.
func (p persisted) Get(ctx context.Context, hash string) (string, bool) {
	return p.kept.Get(p.key(ctx, hash))
}

// Add keeps a text, whose hash has been checked.
func (p persisted) Add(ctx context.Context, hash, text string) {
	if len(text) <= keptLength {
		p.kept.Add(p.key(ctx, hash), text)
	}
}

// resolve puts the text of a persisted query into p.
func (r *Router) resolve(ctx context.Context, p *graphql.RawParams) *gqlerror.Error {
	if p.Extensions["persistedQuery"] == nil {
		return nil
	}
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{}) // where the extension notes what it did
	err := extension.AutomaticPersistedQuery{Cache: r.persisted}.MutateOperationParameters(ctx, p)
	if err != nil && err.Extensions["code"] == nil { // a hash of another text, or none
		err.Extensions = map[string]any{"code": fault.Invalid, "path": []any{"extensions", "persistedQuery"}}
	}
	return err
}
