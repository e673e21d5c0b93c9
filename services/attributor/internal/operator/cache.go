package operator

// cache keeps decoded subjects between transactions, the least recently used ones going first. Subjects of the running transaction are
// in it too and never go before Commit.
type cache struct {
	byID map[string]*subject
	// root is a ring: root.next is the most recently used.
	root  subject
	bytes int64
	max   int64
}

func newCache(max int64) *cache {
	c := &cache{byID: make(map[string]*subject), max: max}
	c.root.next, c.root.prev = &c.root, &c.root
	return c
}

// get returns a subject and makes it the most recent; nil when it is not there.
func (c *cache) get(id string) *subject {
	s := c.byID[id]
	if s != nil {
		c.unlink(s)
		c.link(s)
	}
	return s
}

// has tells whether a subject is there, without making it the most recent.
func (c *cache) has(id string) bool { return c.byID[id] != nil }

// add takes a subject that is not in the cache.
func (c *cache) add(s *subject) {
	c.byID[s.id] = s
	c.link(s)
}

func (c *cache) link(s *subject) {
	s.prev, s.next = &c.root, c.root.next
	s.prev.next, s.next.prev = s, s
	s.charged = c.costOf(s)
	c.bytes += s.charged
}

// costOf is what a subject counts: a quarter of the cache at most. An account of a hundred thousand touches may be larger than the whole cache, and is one
// that is needed in every transaction: reading it again each time would cost more than all the rest, and so would having nothing beside it.
func (c *cache) costOf(s *subject) int64 { return min(s.size, max(c.max/4, 1)) }

func (c *cache) unlink(s *subject) {
	s.prev.next, s.next.prev = s.next, s.prev
	s.prev, s.next = nil, nil
	c.bytes -= s.charged
}

// charge brings the account up to date with a subject that grew or shrank.
func (c *cache) charge(s *subject) {
	c.bytes -= s.charged
	s.charged = c.costOf(s)
	c.bytes += s.charged
}

// drop forgets a subject.
func (c *cache) drop(s *subject) {
	if s.next != nil {
		c.unlink(s)
	}
	delete(c.byID, s.id)
}

// trim drops the least recently used subjects until the rest fits.
func (c *cache) trim() {
	for c.bytes > c.max && c.root.prev != &c.root {
		c.drop(c.root.prev)
	}
}

// dropPartition forgets every subject of a partition.
func (c *cache) dropPartition(partition int32) {
	for _, s := range c.byID {
		if s.partition == partition {
			c.drop(s)
		}
	}
}
