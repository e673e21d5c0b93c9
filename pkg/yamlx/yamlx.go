// Package yamlx reads YAML strictly. It is the only caller of the library for texts that people write, since that panics on some that are not quite YAML.
package yamlx

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// ErrUnreadable is the error of a text on which the library gives up without saying why, such as a tag without a value.
var ErrUnreadable = errors.New("is no YAML that can be read")

// Decode reads text into a value; unknown keys are errors. Errors say where.
func Decode(text []byte, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrUnreadable, p)
		}
	}()
	return yaml.UnmarshalWithOptions(text, into, yaml.Strict())
}
