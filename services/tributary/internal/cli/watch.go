package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
)

// watchEvery is how often the configuration's files are looked at. A rotated secret is taken within it, or at once on SIGHUP.
const watchEvery = 2 * time.Second

// watching is what to do when the configuration has changed.
type watching struct {
	// file is the configuration; without one there is nothing to watch.
	file string
	// load reads it, apply takes what is to be taken of it.
	load  func() (*config.Config, error)
	apply func(load func() (*config.Config, error)) error
	log   *zap.Logger
}

// watch applies the configuration anew on SIGHUP, and when its file or a file of one of its secrets has changed, until ctx ends or the returned function is called,
// which waits for the end. cfg is the configuration in use. Files are asked for by their names, not by events of the system: secrets that an orchestrator mounts are
// links, which change far from their names.
func watch(ctx context.Context, cfg *config.Config, w watching) (stop func()) {
	if w.file == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	// Before this returns: what changes from now on is seen.
	known := state(w.file, cfg.SecretFiles())
	var running sync.WaitGroup
	running.Go(func() {
		defer signal.Stop(hangUp)
		w.run(ctx, cfg.SecretFiles(), known, hangUp)
	})
	return func() {
		cancel()
		running.Wait()
	}
}

func (w watching) run(ctx context.Context, files []string, known string, hangUp <-chan os.Signal) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-hangUp:
			asked = true
		case <-tick.C:
		}
		now := state(w.file, files)
		if now == known && !asked {
			continue
		}
		err := w.apply(func() (*config.Config, error) {
			next, err := w.load()
			if err == nil {
				files = next.SecretFiles()
			}
			return next, err
		})
		// A file that cannot be used is tried again when it has changed again; apply has said what is wrong with it.
		w.log.Debug("the configuration was read anew", zap.Error(err))
		known = state(w.file, files)
		if err != nil {
			known = now
		}
	}
}

// state is what tells that one of the files has changed.
func state(file string, others []string) string {
	var b strings.Builder
	for _, name := range append([]string{file}, others...) {
		info, err := os.Stat(name)
		if err != nil {
			fmt.Fprintf(&b, "%s gone\n", name)
			continue
		}
		fmt.Fprintf(&b, "%s %d %d %d\n", name, info.Size(), info.ModTime().UnixNano(), inode(info))
	}
	return b.String()
}

func inode(info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}
