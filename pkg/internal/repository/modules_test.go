package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository's root: the folder of go.work.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.work")); err != nil {
		t.Fatalf("no go.work above this package: %v", err)
	}
	return dir
}

// hidden modules are deliberately outside go.work.
var hidden = []string{"scripts/tools"}

func goModFiles(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "--", "*go.mod")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	var dirs []string
	for line := range strings.Lines(string(out)) {
		dirs = append(dirs, filepath.Dir(strings.TrimSpace(line)))
	}
	return dirs
}

func TestEveryModuleIsInTheWorkspace(t *testing.T) {
	work, err := os.ReadFile(filepath.Join(root(t), "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range goModFiles(t) {
		if slices.Contains(hidden, dir) {
			continue
		}
		if !strings.Contains(string(work), "./"+dir+"\n") {
			t.Errorf("module %s is not in go.work: its tests would never run", dir)
		}
	}
}

func TestOneGoVersion(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\S+)$`)
	found := map[string][]string{}
	for _, file := range append(goModFiles(t), "") {
		name := filepath.Join(root(t), file, "go.mod")
		if file == "" {
			name = filepath.Join(root(t), "go.work")
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		match := version.FindSubmatch(text)
		if match == nil {
			t.Errorf("%s has no go line", name)
			continue
		}
		found[string(match[1])] = append(found[string(match[1])], file)
	}
	if len(found) != 1 {
		t.Errorf("modules name different Go versions: %v", found)
	}
}

// TestDocumentsNameWhatExists follows every relative link and every path in back quotes of the Markdown files.
func TestDocumentsNameWhatExists(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "--", "*.md")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	quoted := regexp.MustCompile("`((?:pkg|services|schemas|scripts|deploy|docs)/[A-Za-z0-9_./-]+)`")
	for line := range strings.Lines(string(out)) {
		file := strings.TrimSpace(line)
		text, err := os.ReadFile(filepath.Join(root(t), file))
		if err != nil {
			continue
		}
		for _, match := range link.FindAllSubmatch(text, -1) {
			mustExist(t, file, filepath.Join(root(t), filepath.Dir(file), string(match[1])))
		}
		for _, match := range quoted.FindAllSubmatch(text, -1) {
			name := strings.TrimRight(string(match[1]), ".")
			if regexp.MustCompile(`\.[A-Z][A-Za-z]+$`).MatchString(name) {
				name = name[:strings.LastIndexByte(name, '.')] // pkg/identity.SubjectID names a symbol of a package
			}
			mustExist(t, file, filepath.Join(root(t), name))
		}
	}
}

func mustExist(t *testing.T, document, name string) {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		t.Errorf("%s names %s, which does not exist", document, strings.TrimPrefix(name, root(t)+"/"))
	}
}
