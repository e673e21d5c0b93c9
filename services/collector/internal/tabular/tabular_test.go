package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// flat is a sheet as text: line, then the cells.
func flat(s *tabular.Sheet) string {
	var b strings.Builder
	for _, r := range s.Rows {
		if r.Err != nil {
			b.WriteString(r.Err.Code + " ")
		}
		b.WriteString(itoa(r.Line) + ":" + strings.Join(r.Cells, "/") + " ")
	}
	return strings.TrimSpace(b.String())
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func utf16(s string, end unicode.Endianness, bom unicode.BOMPolicy) string {
	out, err := unicode.UTF16(end, bom).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func latin(s string) string {
	out, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte("a,b\n1,2\n"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	const text = "Tag\tKosten\n01.07.\t1,5 €\n"
	const cells = "1:Tag/Kosten 2:01.07./1,5 €"
	for name, v := range map[string]struct{ body, charset, want, encoding string }{
		"plain":              {"a,b\n1,2\n", "", "1:a/b 2:1/2", "utf-8"},
		"mark":               {"\ufeffa,b\n", "", "1:a/b", "utf-8"},
		"utf-16le with mark": {utf16(text, unicode.LittleEndian, unicode.UseBOM), "", cells, "utf-16le"},
		"utf-16be with mark": {utf16(text, unicode.BigEndian, unicode.UseBOM), "", cells, "utf-16be"},
		"utf-16le without":   {utf16(text, unicode.LittleEndian, unicode.IgnoreBOM), "", cells, "utf-16le"},
		"utf-16be without":   {utf16(text, unicode.BigEndian, unicode.IgnoreBOM), "", cells, "utf-16be"},
		"mark beats header":  {utf16(text, unicode.LittleEndian, unicode.UseBOM), "utf-8", cells, "utf-16le"},
		"latin":              {latin(text), "", cells, "windows-1252"},
		"latin declared":     {latin(text), "ISO-8859-1", cells, "windows-1252"},
		"decimal commas":     {"Tag;Kosten;Klicks\n1,5;2,5;3,5\n", "", "1:Tag/Kosten/Klicks 2:1,5/2,5/3,5", "utf-8"},
		"bars":               {"a|b|c\n1|2|3\n", "", "1:a/b/c 2:1/2/3", "utf-8"},
		"excel's word":       {"sep=;\na;b,c,d\n", "", "2:a/b,c,d", "utf-8"},
		"titles above":       {"Campaign report\n\"July 1, 2026 - July 31, 2026\"\nDay,Cost\n2026-07-01,1\n", "", "1:Campaign report 2:July 1, 2026 - July 31, 2026 3:Day/Cost 4:2026-07-01/1", "utf-8"},
		"cell of two lines":  {"a,b\n\"x\ny\",2\n3,4\n", "", "1:a/b 2:x\ny/2 4:3/4", "utf-8"},
		"windows line ends":  {"a,b\r\n\r\n1,2\r\n", "", "1:a/b 3:1/2", "utf-8"},
		"old mac line ends":  {"a,b\r1,2\r", "", "1:a/b 2:1/2", "utf-8"},
		"spaces of all kind": {"a\u00a0, b\u202f\n", "", "1:a/b", "utf-8"},
		"an open quote":      {"a,b\n1,\"2\n3,4\n5,6\n", "", "1:a/b malformed_csv 2: 3:3/4 4:5/6", "utf-8"},
		"quotes inside":      {"a,b\n\n1,x\"y\"\n3,4\n", "", "1:a/b malformed_csv 3: 4:3/4", "utf-8"},
		"zip":                {zipped(t, "report.csv"), "", "1:a/b 2:1/2", "utf-8"},
	} {
		s, err := tabular.Read([]byte(v.body), v.charset, tabular.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := flat(s); got != v.want || s.Encoding != v.encoding {
			t.Errorf("%s: %s in %s, want %s in %s", name, got, s.Encoding, v.want, v.encoding)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	small := tabular.Limits{Rows: 3, Columns: 3, CellBytes: 10, Bytes: 100}
	for name, v := range map[string]struct{ body, charset, code string }{
		"nothing":          {"  \n", "", event.CodeEmpty},
		"a mark alone":     {"\ufeff", "", event.CodeEmpty},
		"too many rows":    {"a\nb\nc\nd\n", "", event.CodeTooMany},
		"too large":        {strings.Repeat("a,b\n", 40), "", event.CodeTooLarge},
		"other charset":    {"a,b", "ebcdic", event.CodeInvalid},
		"not as declared":  {"\xff,b", "utf-8", event.CodeUTF8},
		"a workbook":       {zipped(t, "xl/workbook.xml"), "", tabular.CodeNoTable},
		"a zip of two":     {zipped(t, "a.csv", "b.csv"), "", tabular.CodeNoTable},
		"a zip of nothing": {zipped(t), "", tabular.CodeNoTable},
		"a cut zip":        {zipped(t, "a.csv")[:40], "", tabular.CodeNoTable},
		"zero bytes":       {"abc\x00def,ghijklmn\nopqrstuv", "", tabular.CodeNoTable},
	} {
		_, err := tabular.Read([]byte(v.body), v.charset, small)
		var e *event.Error
		if !errors.As(err, &e) || e.Code != v.code {
			t.Errorf("%s: %v, want %s", name, err, v.code)
		}
	}
	s, err := tabular.Read([]byte("a,b,c,d\nx,12345678901\ny,z\n"), "", small)
	if err != nil || s.Rows[0].Err.Code != event.CodeTooMany || s.Rows[1].Err.Code != event.CodeTooLong || s.Rows[1].Err.Field != "column 2" || s.Rows[2].Err != nil {
		t.Errorf("rows over the limits: %v %v", s, err)
	}
	if _, err := tabular.Read([]byte(strings.Repeat("a,\"b\n", 50)), "", tabular.DefaultLimits()); err == nil {
		t.Error("a file of open quotes was read to its end")
	}
}

func TestLooks(t *testing.T) {
	for _, v := range []struct {
		contentType, body string
		want              bool
	}{
		{"application/json", `a,b`, false},
		{"application/x-ndjson", "{}\n{}", false},
		{"", `{"a":1}`, false},
		{"", "\ufeff [1]", false},
		{"", "Day,Cost\n", true},
		{"application/x-www-form-urlencoded", "Day,Cost\n", true}, // curl -d
		{"text/csv; charset=utf-16", `{`, true},
		{"", utf16(`{"a"`, unicode.LittleEndian, unicode.UseBOM), true},
		{"", "PK\x03\x04", true},
		{"", "", false},
	} {
		if got := tabular.Looks(v.contentType, []byte(v.body)); got != v.want {
			t.Errorf("%q %q: %v", v.contentType, v.body, got)
		}
	}
}

// FuzzRead looks for files that make reading panic, or rows that are not text.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"a,b\n1,\"2\n3,4\n", "sep=;\na;b", utf16("Tag\tKosten\n", unicode.LittleEndian, unicode.UseBOM), latin("é;ü\n"), "a\r\rb", "\ufeff"} {
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		s, err := tabular.Read(body, charset, tabular.Limits{Rows: 1000, Columns: 50, CellBytes: 1000, Bytes: 1 << 16})
		if err != nil {
			return
		}
		line := 0
		for _, r := range s.Rows {
			if r.Line <= line {
				t.Errorf("line %d after line %d", r.Line, line)
			}
			line = r.Line
			for _, c := range r.Cells {
				if !utf8.ValidString(c) {
					t.Errorf("%q is no text", c)
				}
			}
		}
	})
}
