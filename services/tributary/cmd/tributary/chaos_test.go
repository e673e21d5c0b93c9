package main

import (
	"strings"
	"testing"
)

// TestChaos_killedServicesLoseNothing kills single services fifty times around engines that stay up.
func TestChaos_killedServicesLoseNothing(t *testing.T) {
	needEngine(t)
	out, code := command(t, "chaos", "--kills", "50", "--pause", "200ms", "--data-dir", t.TempDir())
	if code != 0 || !strings.Contains(out, "50 kills") || !strings.Contains(out, "clean: no difference") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	t.Log(out)
}

// TestChaos_killedTreeLosesNothing kills everything at once, embedded broker included: what is derived is computed again.
func TestChaos_killedTreeLosesNothing(t *testing.T) {
	needEngine(t)
	out, code := command(t, "chaos", "--tree", "--kills", "2", "--pause", "2s", "--data-dir", t.TempDir())
	if code != 0 || !strings.Contains(out, "2 kills") || !strings.Contains(out, "clean: no difference") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	t.Log(out)
}

// TestChaos_brokerAwayLosesNothing takes the broker away under load and kills the collector meanwhile: every id that was acknowledged is on events-v1 afterwards.
func TestChaos_brokerAwayLosesNothing(t *testing.T) {
	needEngine(t)
	out, code := command(t, "chaos", "--broker-away", "6s", "--kills", "2", "--data-dir", t.TempDir())
	if code != 0 || !strings.Contains(out, "2 kills") || !strings.Contains(out, "clean: no difference") || !strings.Contains(out, " ids, 0 of them lost") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	t.Log(out)
}
