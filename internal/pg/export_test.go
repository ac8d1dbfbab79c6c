package pg

// Unframe has rows pass through lib/pq, as with TLS.
func (c *Conn) Unframe() { c.s.link.framed = false }
