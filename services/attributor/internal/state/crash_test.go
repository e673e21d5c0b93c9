package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"
)

// history applies n batches and remembers what the store must hold at each changelog offset. Offset i is after batch i.
func history(s *Store, rng *rand.Rand, n int) (states []map[string]string, err error) {
	model := map[string]string{}
	states = append(states, map[string]string{})
	for i := 1; i <= n; i++ {
		var changes []Change
		for range 1 + rng.IntN(20) {
			key := fmt.Sprintf("h/%d", rng.IntN(200))
			if rng.IntN(4) == 0 {
				changes = append(changes, Change{Key: []byte(key)})
				delete(model, key)
				continue
			}
			value := fmt.Sprintf("%d-%0*d", i, rng.IntN(400), 0)
			changes = append(changes, Change{Key: []byte(key), Value: []byte(value)})
			model[key] = value
		}
		if err := s.Apply(changes, Checkpoint{Offset: int64(i), At: epoch}); err != nil {
			return states, err
		}
		snapshot := make(map[string]string, len(model))
		for k, v := range model {
			snapshot[k] = v
		}
		states = append(states, snapshot)
	}
	return states, nil
}

// checkPrefix asserts that a store holds exactly the state at its own offset.
func checkPrefix(t *testing.T, s *Store, states []map[string]string, what string) {
	t.Helper()
	offset := s.Checkpoint().Offset
	if offset >= int64(len(states)) {
		t.Fatalf("%s: offset %d was never written", what, offset)
	}
	if diff := cmp.Diff(dump(t, s), states[offset]); diff != "" {
		t.Fatalf("%s: values are not those of offset %d (-got, +want):\n%s", what, offset, diff)
	}
}

// A power cut keeps any subset of what was not synced. Whatever is left must be a whole earlier state, or say that it is corrupted.
func TestStore_powerCutLeavesAWholeState(t *testing.T) {
	corrupted := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		fs := vfs.NewCrashableMem()
		s := mustOpen(t, fs, "task")
		states, err := history(s, rng, 1+rng.IntN(600))
		if err != nil {
			t.Fatal(err)
		}
		after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
		mustClose(t, s)
		again, err := open(testConfig("task"), after)
		var bad *CorruptedError
		if errors.As(err, &bad) {
			corrupted++
			if err := wipe("task", after); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			again, err = open(testConfig("task"), after)
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkPrefix(t, again, states, fmt.Sprintf("seed %d", seed))
		mustClose(t, again)
	}
	t.Logf("%d of 60 power cuts left a store to wipe", corrupted)
}

// Every write can fail, in every file: the program reports it or ends, and what is on disk stays a whole state. It runs as a child, because
// Pebble ends the process when it can neither write its log nor its manifest.
func TestStore_failingWritesLeaveAWholeState(t *testing.T) {
	const batches = 800
	failed := 0
	for seed := range uint64(25) {
		dir := filepath.Join(t.TempDir(), "task")
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", childEnv, seed, batches, dir))
		out, err := cmd.CombinedOutput()
		if err != nil {
			failed++
			if !strings.Contains(string(out), errorfs.ErrInjected.Error()) && !strings.Contains(string(out), "pebble/v2.(*DB).rotateWAL") {
				t.Errorf("seed %d: the child died of something else: %s", seed, out)
			}
		}
		s := mustOpen(t, vfs.NewMem(), "model")
		states, err := history(s, rand.New(rand.NewPCG(seed, 3)), batches)
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)
		again := mustOpenOrWipe(t, vfs.Default, dir)
		checkPrefix(t, again, states, fmt.Sprintf("seed %d", seed))
		mustClose(t, again)
	}
	if failed == 0 {
		t.Error("no child met an injected error: this test checks nothing")
	}
	t.Logf("%d of 25 children reported a failed write or died of it", failed)
}

// childEnv makes the test binary a program that writes a history onto a failing disk: "seed batches folder".
const childEnv = "TRIBUTARY_STATE_TEST_CHILD"

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		if err := failingDisk(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func failingDisk(spec string) error {
	var seed uint64
	var batches int
	var dir string
	if _, err := fmt.Sscan(spec, &seed, &batches, &dir); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	toggle := &errorfs.Toggle{Injector: lockedInjector(errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && rng.IntN(100) == 0 {
			return errorfs.ErrInjected
		}
		return nil
	}))}
	s, err := open(testConfig(dir), errorfs.Wrap(vfs.Default, toggle))
	if err != nil {
		return err
	}
	toggle.On()
	_, err = history(s, rand.New(rand.NewPCG(seed, 3)), batches)
	return errors.Join(err, s.Close())
}

// A table that cannot be written is reported by a later Apply: otherwise the memtables would fill up and writes stall for ever.
func TestStore_failingFlushIsReported(t *testing.T) {
	mem := vfs.NewMem()
	s, err := open(testConfig("task"), errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if filepath.Ext(op.Path) == ".sst" && op.Kind == errorfs.OpFileWrite {
			return errorfs.ErrInjected
		}
		return nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := history(s, rand.New(rand.NewPCG(1, 3)), 2000); !errors.Is(err, errorfs.ErrInjected) {
		t.Errorf("2,000 batches onto a disk that takes no table: %v", err)
	}
}

func mustOpenOrWipe(t *testing.T, fs vfs.FS, dir string) *Store {
	t.Helper()
	s, err := open(testConfig(dir), fs)
	var bad *CorruptedError
	if errors.As(err, &bad) {
		if err := wipe(dir, fs); err != nil {
			t.Fatal(err)
		}
		return mustOpen(t, fs, dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A damaged table is found when it is read, and named as corruption.
func TestStore_damagedFilesAreCorruption(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, fs, "task")
	if _, err := history(s, rand.New(rand.NewPCG(1, 4)), 300); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	names, err := fs.List("task")
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for _, name := range names {
		if filepath.Ext(name) == ".sst" {
			damage(t, fs, filepath.Join("task", name))
			damaged++
		}
	}
	if damaged == 0 {
		t.Fatal("no table to damage")
	}
	again, err := open(testConfig("task"), fs)
	if err == nil {
		err = again.Scan(nil, func(_, _ []byte) error { return nil })
		_ = again.Close()
	}
	var bad *CorruptedError
	if !errors.As(err, &bad) {
		t.Errorf("a damaged table gave %v", err)
	}
}

// A killed process keeps every batch it has applied: a restart continues where it was.
func TestStore_killLosesNoBatch(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := mustOpen(t, fs, "task")
	mustApply(t, s, 41, "k", "before")
	mustApply(t, s, 42, "k", "after")
	after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	mustClose(t, s)
	s = mustOpen(t, after, "task")
	if v, _ := s.Get([]byte("k")); s.Checkpoint().Offset != 42 || string(v) != "after" {
		t.Errorf("after a kill: %q at offset %d", v, s.Checkpoint().Offset)
	}
	mustClose(t, s)
}
