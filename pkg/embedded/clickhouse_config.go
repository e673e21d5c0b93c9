package embedded

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"text/template"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

//go:embed clickhouse_server.xml.tmpl
var serverTemplate string

//go:embed clickhouse_users.xml.tmpl
var usersTemplate string

// configValues are what the templates take.
type configValues struct {
	Dir, UsersFile, Instance, Database string
	MemoryLimit, QueryMemory, SpillAt  int64
	Threads                            int
	// Readers are users as XML.
	Readers string
}

// writeConfig writes ClickHouse's configuration beside its data and returns the main file's path. It is written anew at every start: the
// options say everything.
func writeConfig(o ClickHouseOptions, instance string) (string, error) {
	v := configValues{
		Dir: filepath.Join(o.DataDir, "data"), UsersFile: filepath.Join(o.DataDir, "users.xml"), Instance: instance, Database: o.Database,
		MemoryLimit: o.MemoryLimit, QueryMemory: o.MemoryLimit * 3 / 4, SpillAt: o.MemoryLimit / 4,
		Threads: min(4, runtime.NumCPU()),
	}
	var err error
	if v.Readers, err = clickhouse.UsersXML(o.Readers, o.Database, "<networks><ip>127.0.0.1</ip><ip>::1</ip></networks>"); err != nil {
		return "", fmt.Errorf("write users: %w", err)
	}
	main := filepath.Join(o.DataDir, "config.xml")
	for path, text := range map[string]string{main: serverTemplate, v.UsersFile: usersTemplate} {
		t, err := template.New(filepath.Base(path)).Funcs(template.FuncMap{"xml": escapeXML}).Parse(text)
		if err != nil {
			return "", fmt.Errorf("read template of %s: %w", path, err)
		}
		var buf bytes.Buffer
		if err := t.Execute(&buf, v); err != nil {
			return "", fmt.Errorf("fill in %s: %w", path, err)
		}
		if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
			return "", fmt.Errorf("write configuration: %w", err)
		}
	}
	return main, nil
}

func escapeXML(s string) (string, error) {
	var buf bytes.Buffer
	err := xml.EscapeText(&buf, []byte(s))
	return buf.String(), err
}
