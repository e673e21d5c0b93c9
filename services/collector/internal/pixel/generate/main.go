// Command generate writes px.js into the folder it is started in: go generate ./internal/pixel.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tributary-attribution/tributary/services/collector/internal/pixel/bundle"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	js, err := bundle.Build(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "px.js"), js, 0o644)
}
