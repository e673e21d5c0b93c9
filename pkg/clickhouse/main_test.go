package clickhouse_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }
