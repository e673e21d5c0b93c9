package state

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

// epoch is the wall clock of these tests.
var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// disk is one file system the conformance suite runs on.
type disk struct {
	name string
	make func(t *testing.T) (vfs.FS, string)
}

var disks = []disk{
	{"memory", func(*testing.T) (vfs.FS, string) { return vfs.NewMem(), "task" }},
	{"disk", func(t *testing.T) (vfs.FS, string) { return vfs.Default, t.TempDir() }},
}

// conformance are the laws of a store, on any file system.
var conformance = map[string]func(t *testing.T, fs vfs.FS, dir string){
	"fresh store is empty": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		defer mustClose(t, s)
		if got := dump(t, s); len(got) != 0 || s.Checkpoint() != (Checkpoint{}) {
			t.Errorf("a fresh store has %v and checkpoint %v", got, s.Checkpoint())
		}
		if v, err := s.Get([]byte("absent")); v != nil || err != nil {
			t.Errorf("Get of an absent key: %q, %v", v, err)
		}
	},
	"values and checkpoint survive a close": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		mustApply(t, s, 7, "h/a", "1", "h/b", "2", "i/a/1", "")
		mustApply(t, s, 9, "h/b", nil, "h/c", "3")
		mustClose(t, s)
		s = mustOpen(t, fs, dir)
		defer mustClose(t, s)
		want := map[string]string{"h/a": "1", "h/c": "3", "i/a/1": ""}
		if diff := cmp.Diff(dump(t, s), want); diff != "" {
			t.Errorf("after reopening (-got, +want):\n%s", diff)
		}
		if cp := s.Checkpoint(); cp.Offset != 9 || !cp.At.Equal(epoch) {
			t.Errorf("checkpoint %v", cp)
		}
		if v, err := s.Get([]byte("i/a/1")); v == nil || len(v) != 0 || err != nil {
			t.Errorf("an empty value is present: got %v, %v", v, err)
		}
	},
	"the last of several changes to a key wins": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		defer mustClose(t, s)
		mustApply(t, s, 1, "k", "1", "a", "x", "k", nil, "k", "2", "a", nil)
		if diff := cmp.Diff(dump(t, s), map[string]string{"k": "2"}); diff != "" {
			t.Errorf("(-got, +want):\n%s", diff)
		}
	},
	"scan takes exactly the prefix, in order": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		defer mustClose(t, s)
		mustApply(t, s, 1, "a", "0", "b\xff", "1", "b\xff\xff", "2", "b\xff\x00", "3", "c", "4", "b", "5")
		var got []string
		if err := s.Scan([]byte("b\xff"), func(k, _ []byte) error { got = append(got, string(k)); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, []string{"b\xff", "b\xff\x00", "b\xff\xff"}); diff != "" {
			t.Errorf("(-got, +want):\n%s", diff)
		}
		stop := errors.New("enough")
		if err := s.Scan(nil, func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("Scan does not hand on the callback's error: %v", err)
		}
	},
	"values belong to the caller": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		defer mustClose(t, s)
		mustApply(t, s, 1, "k", "before")
		v, _ := s.Get([]byte("k"))
		copy(v, "mangle")
		if again, _ := s.Get([]byte("k")); string(again) != "before" {
			t.Errorf("a caller changed the store: %q", again)
		}
	},
	"reserved keys are refused and nothing is written": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		defer mustClose(t, s)
		for _, key := range []string{"", "\x00checkpoint"} {
			err := s.Apply([]Change{{Key: []byte("z"), Value: []byte("1")}, {Key: []byte(key), Value: []byte("1")}}, Checkpoint{Offset: 5, At: epoch})
			if !errors.Is(err, ErrReservedKey) {
				t.Errorf("key %q: %v", key, err)
			}
		}
		if got := dump(t, s); len(got) != 0 || s.Checkpoint().Offset != 0 {
			t.Errorf("a refused batch left %v at %v", got, s.Checkpoint())
		}
	},
	"a folder has one owner": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		var fenced *FencedError
		if _, err := open(testConfig(dir), fs); !errors.As(err, &fenced) {
			t.Errorf("second owner: %v", err)
		}
		if err := wipe(dir, fs); !errors.As(err, &fenced) {
			t.Errorf("wipe of a folder in use: %v", err)
		}
		mustClose(t, s)
		mustClose(t, mustOpen(t, fs, dir))
	},
	"wipe leaves nothing": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		mustApply(t, s, 3, "k", "v")
		mustClose(t, s)
		if err := wipe(dir, fs); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, fs, dir)
		defer mustClose(t, s)
		if got := dump(t, s); len(got) != 0 || s.Checkpoint() != (Checkpoint{}) {
			t.Errorf("after a wipe: %v at %v", got, s.Checkpoint())
		}
	},
	"a stale store is corrupted": func(t *testing.T, fs vfs.FS, dir string) {
		s := mustOpen(t, fs, dir)
		mustApply(t, s, 3, "k", "v")
		mustClose(t, s)
		for _, c := range []struct {
			after time.Duration
			stale bool
		}{{84 * time.Hour, false}, {84*time.Hour + 1, true}, {-84 * time.Hour, false}, {-85 * time.Hour, true}} {
			cfg := testConfig(dir)
			cfg.Now = func() time.Time { return epoch.Add(c.after) }
			s, err := open(cfg, fs)
			var corrupted *CorruptedError
			if stale := errors.As(err, &corrupted) && errors.Is(err, ErrStale); stale != c.stale {
				t.Errorf("%s after the checkpoint: %v", c.after, err)
			}
			if err == nil {
				mustClose(t, s)
			}
		}
	},
}

func TestConformance(t *testing.T) {
	for _, d := range disks {
		for name, law := range conformance {
			t.Run(d.name+"/"+name, func(t *testing.T) {
				fs, dir := d.make(t)
				law(t, fs, dir)
			})
		}
	}
}

func TestDecodeCheckpoint_refusesEveryBitFlip(t *testing.T) {
	want := Checkpoint{Changelog: [16]byte{1, 15: 2}, Offset: 123456789, At: epoch}
	good := want.encode()
	if cp, err := decodeCheckpoint(good); err != nil || cp != want {
		t.Fatalf("round trip: %v, %v", cp, err)
	}
	for i := range len(good) * 8 {
		bad := append([]byte(nil), good...)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := decodeCheckpoint(bad); err == nil {
			t.Errorf("bit %d flipped and nobody noticed", i)
		}
	}
	if _, err := decodeCheckpoint(good[:10]); err == nil {
		t.Error("a torn checkpoint was taken")
	}
}

func testConfig(dir string) Config {
	cfg := DefaultConfig(dir)
	cfg.MemTableBytes = 256 << 10
	cfg.Now = func() time.Time { return epoch }
	return cfg
}

func mustOpen(t *testing.T, fs vfs.FS, dir string) *Store {
	t.Helper()
	s, err := open(testConfig(dir), fs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// mustApply takes pairs of key and value; a nil value deletes.
func mustApply(t *testing.T, s *Store, offset int64, pairs ...any) {
	t.Helper()
	var changes []Change
	for i := 0; i < len(pairs); i += 2 {
		c := Change{Key: []byte(pairs[i].(string))}
		if v, ok := pairs[i+1].(string); ok {
			c.Value = append([]byte{}, v...)
		}
		changes = append(changes, c)
	}
	if err := s.Apply(changes, Checkpoint{Offset: offset, At: epoch}); err != nil {
		t.Fatal(err)
	}
}

func dump(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	last := ""
	err := s.Scan(nil, func(k, v []byte) error {
		if string(k) <= last {
			return fmt.Errorf("%q after %q", k, last)
		}
		last = string(k)
		all[last] = string(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
