package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// libraryVersion is the version of the library's npm packages.
const libraryVersion = "26.7.3-stable.1"

// libraryFile is the library's name in every package.
const libraryFile = "libchdb.so"

// libraryPackage is a platform's npm package.
type libraryPackage struct {
	name string
	// integrity is the package's hash as npm writes it. With it npm refuses anything else, whatever the registry says. Empty: npm checks against the
	// registry's own hash only.
	integrity string
	// size of the packed package in bytes, for progress. 0: unknown.
	size int64
}

func packageFor(goos, goarch string) (libraryPackage, bool) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return libraryPackage{
			name: "@chdb/lib-linux-x64-gnu", size: 177_817_999,
			integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
		}, true
	case "linux/arm64":
		return libraryPackage{name: "@chdb/lib-linux-arm64-gnu"}, true
	case "darwin/arm64":
		return libraryPackage{name: "@chdb/lib-darwin-arm64"}, true
	case "darwin/amd64":
		return libraryPackage{name: "@chdb/lib-darwin-x64"}, true
	}
	return libraryPackage{}, false
}

// cacheDir is where fetched libraries are kept.
func cacheDir(given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	if env := os.Getenv("TRIBUTARY_CACHE_DIR"); env != "" {
		return filepath.Abs(env)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder (set TRIBUTARY_CACHE_DIR): %w", err)
	}
	return filepath.Join(base, "tributary"), nil
}

// fetchLibrary returns the path of ClickHouse's library, fetching it with npm when it is not in the cache yet. Several processes may ask at once:
// one fetches, the others wait. The library appears in the cache complete or not at all; after an interruption the next call starts over, but for what
// npm had already received in full.
func fetchLibrary(ctx context.Context, cache string, progress func(done, total int64)) (string, error) {
	cache, err := cacheDir(cache)
	if err != nil {
		return "", err
	}
	pkg, ok := packageFor(runtime.GOOS, runtime.GOARCH)
	if !ok {
		return "", fmt.Errorf("there is no embedded ClickHouse for %s/%s: put a clickhouse program on the PATH, or give the address of a server", runtime.GOOS, runtime.GOARCH)
	}
	home := filepath.Join(cache, "chdb-"+libraryVersion+"-"+runtime.GOOS+"-"+runtime.GOARCH)
	library := filepath.Join(home, libraryFile)
	if _, err := os.Stat(library); err == nil {
		return library, nil
	}
	lock, err := lockFile(ctx, home+".lock")
	if err != nil {
		return "", fmt.Errorf("wait for another process that fetches ClickHouse: %w", err)
	}
	defer lock.Close()
	if _, err := os.Stat(library); err == nil { // while we waited
		return library, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("the embedded ClickHouse (%s, about 180 MB) is fetched with npm, which is not on the PATH: install Node.js, "+
			"or put a clickhouse program on the PATH, or copy %s to %s, or give the address of a ClickHouse server", pkg.name, libraryFile, library)
	}
	if err := fetch(ctx, npm, pkg, home, progress); err != nil {
		return "", fmt.Errorf("fetch ClickHouse (%s@%s) with npm: %w; try again, or put a clickhouse program on the PATH", pkg.name, libraryVersion, err)
	}
	return library, nil
}

// fetch installs the package beside its place in the cache and moves it there.
func fetch(ctx context.Context, npm string, pkg libraryPackage, home string, progress func(done, total int64)) error {
	work, npmCache := home+".tmp", home+".npm"
	if err := os.RemoveAll(work); err != nil { // of a fetch that was interrupted
		return err
	}
	if err := writeManifest(work, pkg); err != nil {
		return err
	}
	// A cache of its own: its size is the progress, and it goes when the package is in place.
	cmd := exec.CommandContext(ctx, npm, "install", "--cache="+npmCache, "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress",
		"--loglevel=error", "--fetch-retries=5")
	cmd.Dir = work
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	stop := reportSize(npmCache, pkg.size, progress)
	err := cmd.Run()
	stop()
	if ctx.Err() != nil {
		return ctx.Err() // npm was killed for it, and has nothing to say
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out.Bytes()))
	}
	got := filepath.Join(work, "node_modules", filepath.FromSlash(pkg.name))
	if _, err := os.Stat(filepath.Join(got, libraryFile)); err != nil {
		return fmt.Errorf("the package holds no library: %w", err)
	}
	if err := os.RemoveAll(home); err != nil { // an empty or foreign folder: there was no library in it
		return err
	}
	if err := os.Rename(got, home); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(work), os.RemoveAll(npmCache))
}

// writeManifest writes what npm is to install, with the hash it must have.
func writeManifest(dir string, pkg libraryPackage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	deps := map[string]string{pkg.name: libraryVersion}
	files := map[string]any{"package.json": map[string]any{"name": "tributary-engine", "version": "1.0.0", "private": true, "dependencies": deps}}
	if pkg.integrity != "" {
		files["package-lock.json"] = map[string]any{
			"name": "tributary-engine", "version": "1.0.0", "lockfileVersion": 3,
			"packages": map[string]any{
				"":                         map[string]any{"name": "tributary-engine", "version": "1.0.0", "dependencies": deps},
				"node_modules/" + pkg.name: map[string]any{"version": libraryVersion, "integrity": pkg.integrity},
			},
		}
	}
	for name, v := range files {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// reportSize reports how large a folder has become, until the returned function is called.
func reportSize(dir string, total int64, progress func(done, total int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			size := folderSize(dir)
			if total > 0 {
				size = min(size, total) // npm keeps some notes of its own there
			}
			progress(size, total)
			select {
			case <-tick.C:
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

func folderSize(dir string) int64 {
	var size int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() { // an error is a file that npm has just moved
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}
