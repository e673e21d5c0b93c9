package runner_test

import (
	"testing"
)

func TestRunner_stateIsThatOfTheOracle(t *testing.T) {
	w := newWorld(t, 4)
	dir := t.TempDir()
	w.send(2000, 100)
	m := w.start(w.config(dir), &tallyStats{})
	w.send(3000, 300)
	w.settled()
	if err := m.Ready(); err != nil {
		t.Error(err)
	}
	m.stop(t)
	if err := m.Err(); err != nil {
		t.Error(err)
	}
	w.checkStores(dir)
}
