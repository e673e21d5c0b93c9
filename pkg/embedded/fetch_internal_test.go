package embedded

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeNpm stands in for npm, whose download of 180 MB is no matter for a test: it writes what npm would write and notes each call.
const fakeNpm = `#!/bin/sh
echo call >>"$NPM_CALLS"
for a in "$@"; do case $a in --cache=*) cache=${a#--cache=};; esac; done
mkdir -p "$cache" && printf 0123456789 >"$cache/part"
case $NPM_DOES in
hang) exec sleep 600;;
fail) echo "npm error code ENOTFOUND" >&2; exit 1;;
empty) mkdir -p "node_modules/$NPM_PACKAGE"; exit 0;;
esac
grep -q '"` + libraryVersion + `"' package.json || exit 9
mkdir -p "node_modules/$NPM_PACKAGE" && printf library >"node_modules/$NPM_PACKAGE/libchdb.so"
`

// npm puts a stand-in for npm on the PATH, and returns a cache folder and what counts the calls.
func npm(t *testing.T, does string) (cache string, calls func() int) {
	t.Helper()
	pkg, ok := packageFor(runtime.GOOS, runtime.GOARCH)
	if !ok {
		t.Skip("no embedded ClickHouse for this platform")
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(fakeNpm), 0o755); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(bin, "calls")
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("NPM_CALLS", log)
	t.Setenv("NPM_DOES", does)
	t.Setenv("NPM_PACKAGE", pkg.name)
	return t.TempDir(), func() int {
		b, _ := os.ReadFile(log)
		return strings.Count(string(b), "call")
	}
}

func TestFetchLibrary_onceForAll(t *testing.T) {
	cache, calls := npm(t, "install")
	var told atomic.Int64
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			path, err := fetchLibrary(t.Context(), cache, func(int64, int64) { told.Add(1) })
			if err != nil {
				t.Error(err)
				return
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != "library" {
				t.Errorf("%s: %q, %v", path, b, err)
			}
		})
	}
	wg.Wait()
	if calls() != 1 {
		t.Errorf("npm was called %d times", calls())
	}
	if told.Load() == 0 {
		t.Error("nobody was told of the progress")
	}
	left, err := filepath.Glob(filepath.Join(cache, "*.[tn][mp][pm]"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFetchLibrary_afterAnInterruption(t *testing.T) {
	cache, calls := npm(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for calls() == 0 && t.Context().Err() == nil {
			runtime.Gosched()
		}
		cancel()
	}()
	began := time.Now()
	if _, err := fetchLibrary(ctx, cache, nil); err == nil || time.Since(began) > 5*time.Minute {
		t.Fatalf("after %s: %v", time.Since(began), err)
	}
	t.Setenv("NPM_DOES", "install")
	if _, err := fetchLibrary(t.Context(), cache, nil); err != nil {
		t.Errorf("the next one starts over: %v", err)
	}
}

func TestFetchLibrary_saysWhatToDo(t *testing.T) {
	for does, want := range map[string]string{"fail": "ENOTFOUND", "empty": "holds no library"} {
		t.Run(does, func(t *testing.T) {
			cache, _ := npm(t, does)
			_, err := fetchLibrary(t.Context(), cache, nil)
			for _, word := range []string{want, libraryVersion, "try again"} {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("error %v does not say %q", err, word)
				}
			}
		})
	}
	t.Run("no npm", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		cache := t.TempDir()
		_, err := fetchLibrary(t.Context(), cache, nil)
		for _, word := range []string{"npm, which is not on the PATH", "install Node.js", "clickhouse program", filepath.Join(cache, "chdb-"+libraryVersion)} {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("error %v does not say %q", err, word)
			}
		}
	})
}

func TestCacheDir(t *testing.T) {
	t.Setenv("TRIBUTARY_CACHE_DIR", "/from/env")
	for given, want := range map[string]string{"": "/from/env", "/given": "/given"} {
		if got, err := cacheDir(given); err != nil || got != want {
			t.Errorf("cacheDir(%q) = %q, %v; want %q", given, got, err, want)
		}
	}
}
