package sink_test

import (
	"os"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
)

// TestMain also serves the children that the kill tests start: this same program, told to be a sink.
func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		os.Exit(runChildSink(spec))
	}
	enginetest.Main(m)
}
