// Package tries counts what must not be tried too often, such as signing in, by
// whoever tries and by what is tried.
//
//	c := tries.New(15 * time.Minute)
//	c.Allow("from 192.0.2.1", 60) // false from the 61st time on
//
// A count begins with its first try and is forgotten when the window is over. It is
// of this process: several servers each have their own. It says nothing of whether a
// try was right.
package tries

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

// most is how many keys are counted at once; the oldest are forgotten first.
const most = 100_000

// Counter counts tries by key. It may be used by many goroutines.
type Counter struct {
	mu   sync.Mutex
	seen *expirable.LRU[string, *int]
}

// New returns a counter whose counts last for a window.
func New(window time.Duration) *Counter {
	return &Counter{seen: expirable.NewLRU[string, *int](most, nil, window)}
}

// Allow counts one more try, and says whether there are no more than limit.
func (c *Counter) Allow(key string, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.seen.Get(key)
	if !ok {
		n = new(int)
		c.seen.Add(key, n)
	}
	*n++
	return *n <= limit
}
