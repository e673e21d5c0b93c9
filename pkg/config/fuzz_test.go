package config

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse holds the reader of configurations to its promises for any text: no panic, and what is taken is valid and can be printed without its secrets.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	shipped, err := Default()
	if err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := shipped.Print(&whole); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte("keys: [{name: a, kind: public, key_file: /run/key}, {name: b, kind: secret, key_env: KEY}]"))
	f.Add([]byte("webhooks: [{name: h, provider: hubspot, secret: abcdefghijklmnop, previous_secret: x}]"))
	f.Add([]byte("workspaces: &w [{name: a}]\nmodels: *w"))
	f.Add([]byte("models: [{name: m, kind: position, weights: [1, .inf, -1]}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 {
			return
		}
		cfg, err := Parse("fuzz.yaml", text, sources(map[string]string{"/run/key": "from-a-file"}, map[string]string{"KEY": "from-the-environment"}))
		if err != nil {
			return
		}
		if err := cfg.Validate(); err != nil {
			t.Fatalf("taken and not valid: %v", err)
		}
		var printed bytes.Buffer
		if err := cfg.Print(&printed); err != nil {
			t.Fatalf("cannot be printed: %v", err)
		}
		for _, k := range cfg.Keys {
			// Elsewhere in the file the same text is no secret.
			if s := k.Key.Reveal(); len(s) > 16 && bytes.Count(text, []byte(s)) == 1 && bytes.Contains(printed.Bytes(), []byte(s)) {
				t.Fatalf("the print shows %q", s)
			}
		}
	})
}
