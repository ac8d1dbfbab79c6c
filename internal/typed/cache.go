package typed

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"fieldwork/graph/generated"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/pg"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
)

// maxWeight bounds the schemas that are kept, in bytes of their SDL; in memory
// a schema takes up to twenty times as much: room for some 1,000 small organisations.
const maxWeight = 80 << 20

// Cache keeps the executors of organisations at their current version: one per
// organisation, the least used dropped first.
type Cache struct {
	db        *pg.DB
	resolvers generated.ResolverRoot
	configure func(*executor.Executor)

	// Accounts is told of organisations whose members were written by this server,
	// so that its own next request sees the change. Set it before serving.
	Accounts func(orgID int64)

	mu        sync.Mutex
	entries   *simplelru.LRU[int64, *Entry]
	weight    int
	heard     map[int64]int64 // newest version heard of, by organisation
	listening bool
	silences  int // how many ended: notifications arrive again
	builds    singleflight.Group
}

// Entry is an organisation's schema with its executor.
type Entry struct {
	Schema *Schema
	Exec   *executor.Executor
	docs   *documents
	users  *users
}

// NewCache returns an empty cache. configure is called for every executor made.
func NewCache(db *pg.DB, resolvers generated.ResolverRoot, configure func(*executor.Executor)) *Cache {
	c := &Cache{db: db, resolvers: resolvers, configure: configure, heard: map[int64]int64{}}
	c.entries, _ = simplelru.NewLRU(1<<20, func(_ int64, e *Entry) { c.weight -= e.Schema.Weight })
	return c
}

// Get returns the entry of an organisation. Its version is the current one as
// far as notifications tell; while they do not arrive, it is asked for.
func (c *Cache) Get(ctx context.Context, orgID int64) (*Entry, error) {
	c.mu.Lock()
	e, ok := c.entries.Get(orgID)
	fresh := ok && c.listening && c.heard[orgID] <= e.Schema.Catalog.Version
	c.mu.Unlock()
	if fresh {
		return e, nil
	}
	return c.Fresh(ctx, orgID, e)
}

// Fresh returns the entry of an organisation at the version that the database
// has now: have, if it is that one.
func (c *Cache) Fresh(ctx context.Context, orgID int64, have *Entry) (*Entry, error) {
	if have != nil {
		v, err := change.Version(ctx, c.db, orgID)
		if err != nil {
			return nil, err
		}
		if v <= have.Schema.Catalog.Version {
			return have, nil
		}
	}
	// Whoever comes while the schema is being built shares it; its version is
	// checked, since the build may have begun before this caller's change.
	e, err := c.build(ctx, orgID)
	if err != nil {
		return nil, err
	}
	if v, err := change.Version(ctx, c.db, orgID); err != nil || v <= e.Schema.Catalog.Version {
		return e, err
	}
	return c.build(ctx, orgID)
}

func (c *Cache) build(ctx context.Context, orgID int64) (*Entry, error) {
	v, err, _ := c.builds.Do(strconv.FormatInt(orgID, 10), func() (any, error) {
		// The build outlives the request that asked first: others wait for it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		began := c.silence()
		cat, err := form.Load(ctx, c.db, orgID)
		if err != nil {
			return nil, err
		}
		e, err := c.entry(cat)
		if err != nil {
			return nil, err
		}
		c.keep(orgID, e, began)
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*Entry), nil
}

func (c *Cache) entry(cat *form.Catalog) (*Entry, error) {
	s, err := New(cat, c.db, c.resolvers, time.Now())
	if err != nil {
		return nil, err
	}
	s.known.Accounts = c.Accounts
	e := &Entry{Schema: s, Exec: executor.New(s), docs: newDocuments(), users: newUsers(s)}
	e.Exec.SetQueryCache(e.docs)
	c.configure(e.Exec)
	return e, nil
}

func (c *Cache) silence() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silences
}

// keep remembers an entry whose definitions were read after so many silences.
// One that was read before notifications came back may be behind a change that
// nobody was told of, and would never be asked about again.
func (c *Cache) keep(orgID int64, e *Entry, silences int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listening && silences != c.silences {
		return
	}
	if old, ok := c.entries.Peek(orgID); ok {
		if old.Schema.Catalog.Version >= e.Schema.Catalog.Version {
			return
		}
		c.weight -= old.Schema.Weight // Add replaces without telling
	}
	c.entries.Add(orgID, e)
	c.weight += e.Schema.Weight
	for c.weight > maxWeight && c.entries.Len() > 1 {
		c.entries.RemoveOldest()
	}
}

// Heard takes a notification of form.Channel.
func (c *Cache) Heard(payload string) {
	var org, version int64
	if _, err := fmt.Sscanf(payload, "%d %d", &org, &version); err == nil {
		c.Changed(org, version)
	}
}

// Changed says that an organisation's definitions have reached a version.
func (c *Cache) Changed(org, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard[org] = max(c.heard[org], version)
}

// Listening says whether notifications arrive. When they stop, what was built
// stays, but its version is asked for at every request.
func (c *Cache) Listening(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on && !c.listening { // anything may have changed meanwhile
		c.silences++
		c.entries.Purge()
		c.weight = 0
	}
	c.listening = on
}
