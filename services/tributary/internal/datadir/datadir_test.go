package datadir

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dir(t *testing.T) Dir {
	t.Helper()
	d := Dir(t.TempDir()).Path("data")
	if err := Dir(d).Create(); err != nil {
		t.Fatal(err)
	}
	return Dir(d)
}

func TestLock_oneHolder(t *testing.T) {
	d := dir(t)
	lock, err := d.Lock("up")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Lock("rebuild")
	var held *LockedError
	if !errors.As(err, &held) || !strings.HasPrefix(held.Holder, "tributary up, process ") {
		t.Fatalf("got %v, want that up holds it", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := d.Lock("rebuild")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Release()
}

func TestKeys_madeOnceAndKeptPrivate(t *testing.T) {
	d := dir(t)
	first, err := d.Keys()
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" || first.Write == first.Secret || len(first.Secret) < 24 {
		t.Errorf("keys %+v then %+v", first, second)
	}
	info, err := os.Stat(d.Path(keysFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want 0600", info.Mode(), err)
	}
}

func TestRunning_onlyWhileTheLockIsHeld(t *testing.T) {
	d := dir(t)
	if _, err := d.ReadRunning(); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("got %v before anything ran", err)
	}
	lock, err := d.Lock("up")
	if err != nil {
		t.Fatal(err)
	}
	want := Running{PID: 7, Collector: "http://127.0.0.1:1", Brokers: []string{"127.0.0.1:2"}, SecretKey: "s"}
	if err := d.WriteRunning(want); err != nil {
		t.Fatal(err)
	}
	got, err := d.ReadRunning()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got, +want):\n%s", diff)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadRunning(); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v, want that the note of a dead process does not count", err)
	}
}
