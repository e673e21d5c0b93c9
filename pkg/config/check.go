package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// unknownKeys reports every key of the file that no field takes, with its line and the sibling that was probably meant. The decoder's
// own strict mode stops at the first and suggests nothing.
func unknownKeys(name string, text []byte, into reflect.Type) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var errs []error
	for _, doc := range file.Docs {
		if doc.Body != nil {
			check(doc.Body, into, "", func(line int, key string, known []string) {
				errs = append(errs, fmt.Errorf("%s:%d: unknown key %s%s", name, line, key, suggestion(key, known)))
			})
		}
	}
	return errors.Join(errs...)
}

// check walks the tree beside the type it will be decoded into.
func check(node ast.Node, t reflect.Type, path string, report func(line int, key string, known []string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			checkValue(v, t, path, report)
		}
	case *ast.MappingValueNode:
		checkValue(n, t, path, report)
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice {
			for i, v := range n.Values {
				check(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i), report)
			}
		}
	case *ast.AnchorNode:
		check(n.Value, t, path, report)
	}
}

func checkValue(v *ast.MappingValueNode, t reflect.Type, path string, report func(int, string, []string)) {
	key := strings.Trim(v.Key.String(), `"'`)
	full := key
	if path != "" {
		full = path + "." + key
	}
	if t.Kind() == reflect.Map {
		check(v.Value, t.Elem(), full, report)
		return
	}
	if t.Kind() != reflect.Struct {
		return // The decoder says that no mapping fits here.
	}
	fields := yamlFields(t)
	if f, ok := fields[key]; ok {
		check(v.Value, f, full, report)
		return
	}
	report(v.Key.GetToken().Position.Line, full, slices.Sorted(maps.Keys(fields)))
}

// yamlFields maps a struct's keys to the types of their values.
func yamlFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			maps.Copy(fields, yamlFields(f.Type))
		}
		if name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}

// suggestion names the closest known key when it is close enough to be a slip, else all of them.
func suggestion(path string, known []string) string {
	key := path[strings.LastIndexByte(path, '.')+1:]
	best, distance := "", len(key)/2+1
	for _, k := range known {
		if d := editDistance(key, k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %s?", best)
	}
	return ": known here are " + strings.Join(known, ", ")
}

// editDistance is Levenshtein's, over bytes: keys are ASCII.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
