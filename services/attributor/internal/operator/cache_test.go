package operator

import "testing"

// A subject that is larger than the whole cache stays, beside others, and goes when it is the least recently used; without room nothing stays.
func TestCache_hugeSubject(t *testing.T) {
	c := newCache(1000)
	huge := &subject{id: "huge", size: 100_000}
	c.add(huge)
	c.add(&subject{id: "a", size: 300})
	c.add(&subject{id: "b", size: 200})
	c.trim()
	if !c.has("huge") || !c.has("a") || !c.has("b") {
		t.Errorf("%d bytes of %d, and not all are there", c.bytes, c.max)
	}
	huge.size *= 2
	c.charge(huge)
	c.get("huge")
	c.add(&subject{id: "c", size: 400})
	c.add(&subject{id: "small", size: 100})
	c.trim()
	if !c.has("huge") || c.has("a") || !c.has("b") {
		t.Error("the least recently used one goes first")
	}
	for _, id := range []string{"d", "e", "f", "g"} {
		c.add(&subject{id: id, size: 250})
	}
	c.trim()
	if c.has("huge") || c.bytes != 1000 {
		t.Errorf("huge is kept for ever: %d bytes", c.bytes)
	}
	none := newCache(0)
	none.add(&subject{id: "a"})
	none.add(&subject{id: "b", size: 10})
	none.trim()
	if none.has("a") || none.has("b") {
		t.Error("kept in a cache of nothing")
	}
}
