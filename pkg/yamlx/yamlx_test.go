package yamlx_test

import (
	"errors"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/yamlx"
)

func TestDecode(t *testing.T) {
	type rules struct {
		Version string
		Rules   []struct{ Name string }
	}
	var into rules
	if err := yamlx.Decode([]byte("version: a\nrules: [{name: b}]"), &into); err != nil || into.Version != "a" || len(into.Rules) != 1 || into.Rules[0].Name != "b" {
		t.Fatalf("%+v %v", into, err)
	}
	if err := yamlx.Decode([]byte("vers: a"), &rules{}); err == nil || errors.Is(err, yamlx.ErrUnreadable) {
		t.Errorf("an unknown key: %v", err)
	}
	if err := yamlx.Decode([]byte("rules:\n  ! "), &rules{}); !errors.Is(err, yamlx.ErrUnreadable) {
		t.Errorf("a tag without a value: %v", err)
	}
}
