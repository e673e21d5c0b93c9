// Package bundle makes px.js from its TypeScript. It is apart from package pixel so that esbuild is in no server.
package bundle

import (
	"errors"
	"fmt"

	"github.com/evanw/esbuild/pkg/api"
)

// Build bundles web/main.ts, below dir, for browsers since 2020. The result is the same on every machine.
func Build(dir string) ([]byte, error) {
	res := api.Build(api.BuildOptions{
		EntryPoints: []string{"web/main.ts"}, AbsWorkingDir: dir,
		Bundle: true, Format: api.FormatIIFE, Target: api.ES2020, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
	})
	var errs []error
	for _, m := range append(res.Errors, res.Warnings...) {
		errs = append(errs, errors.New(m.Text))
	}
	if len(errs) > 0 || len(res.OutputFiles) != 1 {
		return nil, fmt.Errorf("bundle the pixel: %w", errors.Join(errs...))
	}
	return res.OutputFiles[0].Contents, nil
}
