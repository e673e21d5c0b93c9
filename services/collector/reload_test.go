package collector_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/tributary-attribution/tributary/services/collector"
)

// TestReload_rotatesKeysUnderLoad has senders that change from one key to another, one after the other, while both are configured: no request of theirs is ever refused.
func TestReload_rotatesKeysUnderLoad(t *testing.T) {
	cfg := testConfig(topics(t))
	r := startWith(t, cfg, collector.Dependencies{})
	page := func(id string) string { return `{"anonymousId":"a","messageId":"` + id + `"}` }
	const next = "sk_acme_next"
	with := func(change func(*collector.Config)) func() (collector.Config, error) {
		return func() (collector.Config, error) {
			c := cfg
			c.Keys = slices.Clone(cfg.Keys)
			change(&c)
			return c, nil
		}
	}
	both := with(func(c *collector.Config) {
		c.Keys = append(c.Keys, collector.Key{Name: "next", Workspace: c.Keys[0].Workspace, Secret: true, Value: next})
	})
	only := with(func(c *collector.Config) {
		for i := range c.Keys {
			if c.Keys[i].Value == secretKey {
				c.Keys[i].Value = next
			}
		}
	})
	key := atomic.Pointer[string]{}
	old, fresh := secretKey, next
	key.Store(&old)
	done, failed := make(chan struct{}), make(chan string, 100)
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			k := *key.Load()
			if got := r.post("/v1/page", k, page(fmt.Sprintf("load-%d", i))); got.Status != 200 {
				select {
				case failed <- fmt.Sprintf("%s: %d %s", k, got.Status, got.Raw):
				default:
				}
			}
		}
	}()
	if got := r.post("/v1/page", next, page("early")); got.Status != 401 {
		t.Errorf("a key that is not yet known: %d", got.Status)
	}
	if err := r.svc.Reload(both); err != nil {
		t.Fatal(err)
	}
	r.ok("/v1/page", secretKey, page("both-old"), 1)
	r.ok("/v1/page", next, page("both-new"), 1)
	key.Store(&fresh)
	r.ok("/v1/page", next, page("a request of the old key may still run"), 1)
	close(stop)
	<-done
	if err := r.svc.Reload(only); err != nil {
		t.Fatal(err)
	}
	if got := r.post("/v1/page", secretKey, page("late")); got.Status != 401 {
		t.Errorf("the replaced key: %d", got.Status)
	}
	r.ok("/v1/page", next, page("after"), 1)
	close(failed)
	for f := range failed {
		t.Error(f)
	}
	for name, load := range map[string]func() (collector.Config, error){
		"an unknown workspace": with(func(c *collector.Config) { c.Keys[0].Workspace = "nowhere" }),
		"a key given twice":    with(func(c *collector.Config) { c.Keys[0].Value = c.Keys[1].Value }),
		"a broken file":        func() (collector.Config, error) { return collector.Config{}, errors.New("yaml") },
	} {
		if err := r.svc.Reload(load); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	r.ok("/v1/page", next, page("after what was refused"), 1)
	if applied, refused := r.metric("tributary_collector_reloads_total", "result", "applied"), r.metric("tributary_collector_reloads_total", "result", "refused"); applied != 2 || refused != 3 {
		t.Errorf("%v applied and %v refused, want 2 and 3", applied, refused)
	}
}
