package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const conformanceConfig = "../../../../schemas/conformance/config.yaml"

// wrongCase expects a cent too much of everything.
const wrongCase = `{"about": "a case that must fail", "cases": [{"name": "a-cent-too-much", "why": "nobody has earned more than there is",
  "events": [{"type": "page", "messageId": "p1", "anonymousId": "v", "timestamp": "2024-06-02T12:00:00Z", "context": {"page": {"url": "https://www.shop.example/?utm_source=google&utm_medium=cpc"}}},
    {"type": "track", "messageId": "buy", "anonymousId": "v", "timestamp": "2024-06-03T12:00:00Z", "event": "Order Completed", "properties": {"revenue": "100.00", "currency": "USD"}}],
  "expect": {"credit": {"c:buy": {"linear": {"conversion_value": {"p1": "100.01 USD"}}}}}}]}`

// TestConformance runs the whole suite over HTTP, and twice, because a run must not notice what earlier ones left.
func TestConformance(t *testing.T) {
	needEngine(t)
	p := up(t, t.TempDir(), "--config", conformanceConfig)
	engine := []string{"conformance", "--collector", p.values["collector"], "--query", p.values["query"], "--key", p.values["secret_key"]}
	for range 2 {
		out, code := command(t, append(engine, "--settle", "60s")...)
		if code != 0 {
			t.Fatalf("exit code %d:\n%s", code, out)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		t.Log(lines[len(lines)-1])
		if ok := strings.Count(out, "\nok ") + 1; ok < 120 {
			t.Errorf("%d cases passed, want at least 120", ok)
		}
	}
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(wrongCase), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := command(t, append(engine, "--settle", "15s", wrong)...)
	if code != 1 || !strings.Contains(out, "nobody has earned more") || !strings.Contains(out, "p1 has 100 USD, want 100.01 USD") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	p.stop(t)
}
