package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
)

// TestWatch_takesWhatChanges changes a secret's file, then the configuration, then breaks it and mends it, and at last asks by signal.
func TestWatch_takesWhatChanges(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "tributary.yaml"), filepath.Join(dir, "secret")
	write := func(name, text string) {
		t.Helper()
		// As editors and orchestrators do: another file takes the name.
		if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	text := "keys: [{name: site, kind: public, key_file: " + secret + "}]\n"
	write(secret, "first-key")
	write(file, text)
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 10)
	stop := watch(t.Context(), cfg, watching{
		file: file, log: zap.NewNop(), load: func() (*config.Config, error) { return config.Load(file) },
		apply: func(load func() (*config.Config, error)) error {
			next, err := load()
			if err != nil {
				seen <- "refused"
				return err
			}
			words := ""
			for _, k := range next.Keys {
				words += k.Key.Reveal() + " "
			}
			seen <- words
			return nil
		},
	})
	defer stop()
	expect := func(what, want string) {
		t.Helper()
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("%s: %q, want %q", what, got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: nothing happened", what)
		}
	}
	write(secret, "second-key")
	expect("the secret's file", "second-key ")
	write(file, text+fmt.Sprintln("log: {level: warn}"))
	expect("the configuration", "second-key ")
	write(file, "keys: [")
	expect("a broken configuration", "refused")
	write(file, "keys: [{name: site, kind: public, key: third-key}]")
	expect("the mended one", "third-key ")
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	expect("the signal", "third-key ")
}
