package identity_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/identity"
)

func TestHashAddresses(t *testing.T) {
	sum := sha256.Sum256([]byte("ann@acme.example"))
	hashed := "sha256:" + hex.EncodeToString(sum[:]) + "@acme.example"
	for in, want := range map[string]string{
		"ann@acme.example":                            "#",
		"Ann@ACME.example wrote":                      "# wrote",
		`{"email":"ann@acme.example","n":1}`:          `{"email":"#","n":1}`,
		`{"email":"ann\u0040acme.example"}`:           `{"email":"#"}`,
		"https://a.example/?e=ann%40acme.example&x=1": "https://a.example/?e=#&x=1",
		"/users/ann@acme.example/edit":                "/users/#/edit",
		"a;ann@acme.example;b\nann@acme.example":      "a;#;b\n#",
		"<ann@acme.example>":                          "<#>",
		"mailto:ann@acme.example":                     "mailto:#",
		hashed:                                        "#",
		"banner@2x.png":                               "banner@2x.png",
		"a@b":                                         "a@b",
		"@acme.example":                               "@acme.example",
		"cpm @ 3.50":                                  "cpm @ 3.50",
	} {
		got, changed := identity.HashAddresses(in)
		if want = strings.ReplaceAll(want, "#", hashed); got != want || changed != (in != want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if e, ok := identity.NewFreeMail().Email(hashed); !ok || e.SHA256 != hex.EncodeToString(sum[:]) || e.Domain != "acme.example" {
		t.Errorf("the hashed address is read as %+v", e)
	}
}

// FuzzHashAddresses: once is enough, and nothing that the reader of addresses would take is left.
func FuzzHashAddresses(f *testing.F) {
	f.Add("ann@acme.example", " x ")
	f.Add("o'neil+tag%40acme.co.uk", "\"")
	f.Add("sha256:00@a.b", "@")
	f.Fuzz(func(t *testing.T, a, b string) {
		once, _ := identity.HashAddresses(a + b)
		twice, again := identity.HashAddresses(once)
		if twice != once && again && !strings.Contains(a+b, "sha256:") && strings.Count(a+b, "@")+strings.Count(a+b, "%40")+strings.Count(a+b, `\u0040`) < 2 {
			t.Fatalf("%q becomes %q and then %q", a+b, once, twice)
		}
	})
}
