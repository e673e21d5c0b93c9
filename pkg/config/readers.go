package config

import (
	"fmt"
	"slices"
)

// minPassword keeps the passwords of readers from being guessed.
const minPassword = 12

// validateReaders checks users of ClickHouse. Their names are checked where they are written, which knows what it reserves.
func (c *Config) validateReaders(p *problems) {
	known := func(name string) bool {
		return slices.ContainsFunc(c.Workspaces, func(w Workspace) bool { return w.Name == name })
	}
	names := map[string]bool{}
	for i, u := range c.Query.BIUsers {
		key := fmt.Sprintf("query.bi_users[%d]", i)
		p.check(u.Name != "", "%s.name: is missing", key)
		p.check(!names[u.Name], "%s.name: %s comes twice", key, u.Name)
		p.check(u.Password == "" || len(u.Password) >= minPassword, "%s.password: at least %d characters are needed", key, minPassword)
		for _, w := range u.Workspaces {
			p.check(known(w), "%s.workspaces: %q is not one of the workspaces", key, w)
		}
		names[u.Name] = true
	}
	seen := map[string]bool{}
	for i, r := range c.Query.Readers {
		key := fmt.Sprintf("query.readers[%d]", i)
		p.check(known(r.Workspace), "%s.workspace: %q is not one of the workspaces", key, r.Workspace)
		p.check(!seen[r.Workspace], "%s.workspace: %s comes twice", key, r.Workspace)
		p.check(r.Username != "", "%s.username: is missing", key)
		p.check(!names[r.Username], "%s.username: %s comes twice", key, r.Username)
		p.check(len(r.Password) >= minPassword, "%s.password: at least %d characters are needed", key, minPassword)
		seen[r.Workspace], names[r.Username] = true, true
	}
	for _, w := range c.Workspaces {
		p.check(len(seen) == 0 || seen[w.Name], "query.readers: workspace %s has none, and nothing could be read of it", w.Name)
	}
}
