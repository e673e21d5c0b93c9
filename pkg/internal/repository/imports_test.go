package repository

import (
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/tributary-attribution/tributary/"

// goPackage is what go list says of one package of the workspace.
type goPackage struct {
	path    string
	imports []string
}

// workspacePackages lists every package of every workspace module with its direct imports, test imports left out.
func workspacePackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "work")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all = append(all, goPackage{path: strings.TrimPrefix(fields[0], module), imports: fields[1:]})
	}
	return all
}

// mayImport says where an outside library may be used, by prefix of the importing package's path. Its constructors are in one place so
// that every option has its reason beside it, and an upgrade touches one package.
var mayImport = map[string][]string{
	"github.com/twmb/franz-go": {
		"pkg/kafka", "pkg/embedded", "pkg/enginetest",
		"services/collector/internal/produce", "services/attributor/internal/runner", "services/sink/internal/consumer", "services/query/internal/plans",
		"services/tributary/internal/broker",
	},
	"github.com/ClickHouse/clickhouse-go": {
		"pkg/clickhouse", "services/sink/internal/store", "services/query/internal/store",
	},
	"github.com/cockroachdb/pebble": {"services/attributor/internal/state"},
}

// pure packages are functions of their arguments: no I/O, no clock, no logger. What they import is all they can do.
var pure = map[string][]string{
	"pkg/attribution": nil,
	"pkg/money":       nil,
	"pkg/tracking":    nil,
	"pkg/identity":    {"golang.org/x/net/publicsuffix"},
	"pkg/channel":     {"golang.org/x/net/publicsuffix"},
}

var impure = []string{"os", "net", "net/http", "time/tzdata", "log", "log/slog", "math/rand", "math/rand/v2", "io/fs", "os/exec", "sync", "syscall"}

func TestImportsFollowTheLayers(t *testing.T) {
	packages := workspacePackages(t)
	if len(packages) < 10 {
		t.Fatalf("go list found only %d packages: the rules would check nothing", len(packages))
	}
	for _, pkg := range packages {
		for _, imported := range pkg.imports {
			checkLibrary(t, pkg.path, imported)
			if local, ok := strings.CutPrefix(imported, module); ok {
				checkLayer(t, pkg.path, local)
			}
		}
	}
}

func TestPurePackagesStayPure(t *testing.T) {
	seen := map[string]bool{}
	for _, pkg := range workspacePackages(t) {
		allowed, ok := pure[pkg.path]
		if !ok {
			continue
		}
		seen[pkg.path] = true
		for _, imported := range pkg.imports {
			if strings.Contains(imported, ".") && !strings.HasPrefix(imported, module+"pkg/") && !contains(allowed, imported) {
				t.Errorf("%s imports %s: it may use the standard library only", pkg.path, imported)
			}
			if contains(impure, imported) {
				t.Errorf("%s imports %s: it may not reach outside its arguments", pkg.path, imported)
			}
		}
	}
	for name := range pure {
		if !seen[name] {
			t.Errorf("pure package %s does not exist: mend the list", name)
		}
	}
}

func checkLibrary(t *testing.T, importer, imported string) {
	t.Helper()
	for library, places := range mayImport {
		if !strings.HasPrefix(imported, library) {
			continue
		}
		allowed := false
		for _, place := range places {
			allowed = allowed || importer == place || strings.HasPrefix(importer, place+"/")
		}
		if !allowed {
			t.Errorf("%s imports %s: only %s may", importer, imported, strings.Join(places, ", "))
		}
	}
}

// checkLayer enforces cmd -> service face -> internal -> pkg -> schemas, never upward and never sideways.
func checkLayer(t *testing.T, importer, imported string) {
	t.Helper()
	from, to := layer(importer), layer(imported)
	if to > from {
		t.Errorf("%s imports %s: imports go down only", importer, imported)
	}
	if strings.HasPrefix(importer, "services/") && strings.HasPrefix(imported, "services/") {
		a, b := service(importer), service(imported)
		if a != b && (a != "tributary" || imported != path.Join("services", b)) {
			t.Errorf("%s imports %s: of another service only the binary may import, and only the face", importer, imported)
		}
	}
}

func layer(p string) int {
	switch {
	case strings.HasPrefix(p, "schemas"):
		return 0
	case strings.HasPrefix(p, "pkg/"):
		return 1
	case strings.HasPrefix(p, "services/tributary"):
		return 3
	default:
		return 2
	}
}

func service(p string) string { return strings.SplitN(strings.TrimPrefix(p, "services/"), "/", 2)[0] }

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}
