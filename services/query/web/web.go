// Package web is the dashboard as a browser gets it. Its sources are in src; "make web" (part of "make build") builds them into dist with npm and
// Vite, and this package embeds what is there. A checkout that was never built holds an empty dist: everything compiles, and Files says that
// there is no dashboard.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are the built dashboard with index.html at its root. ok is false when the binary was built without it.
func Files() (files fs.FS, ok bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return nil, false
	}
	return files, true
}
