package identity_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/identity"
)

func TestEmail(t *testing.T) {
	f := identity.NewFreeMail("Partner-Mail.example")
	sum := sha256.Sum256([]byte("ann@eu.acme.co.uk"))
	e, ok := f.Email("  Ann@EU.Acme.co.uk\n")
	if !ok || e.SHA256 != hex.EncodeToString(sum[:]) || e.Domain != "acme.co.uk" {
		t.Errorf("%v %v", e, ok)
	}
	for _, free := range []string{"a@gmail.com", "a@GMX.de", "a@mail.gmail.com", "a@partner-mail.example", "a@privaterelay.appleid.com"} {
		if e, ok := f.Email(free); !ok || e.Domain != "" {
			t.Errorf("%s: %v %v, want no domain", free, e, ok)
		}
	}
	for _, bad := range []string{
		"", "ann", "@acme.com", "ann@", "ann@acme", "ann@@acme.com", "a b@acme.com", "Ann <ann@acme.com>", "a@b.com,c@d.com", "a@-x.com", "a@x..com", "a@x.com\x00",
		strings.Repeat("a", 250) + "@acme.com",
	} {
		if _, ok := f.Email(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestEmail_hashed takes what a browser has hashed, and joins it with the same address in clear.
func TestEmail_hashed(t *testing.T) {
	f := identity.NewFreeMail()
	clear, _ := f.Email("ann@eu.acme.co.uk")
	for in, domain := range map[string]string{
		"sha256:" + clear.SHA256: "", " SHA256:" + strings.ToUpper(clear.SHA256) + "@EU.acme.co.uk ": "acme.co.uk", "sha256:" + clear.SHA256 + "@gmail.com": "",
	} {
		if e, ok := f.Email(in); !ok || e.SHA256 != clear.SHA256 || e.Domain != domain {
			t.Errorf("%q: %v %v, want %s and domain %q", in, e, ok, clear.SHA256, domain)
		}
	}
	for _, bad := range []string{
		"sha256:", "sha256:ann@acme.com", "sha256:" + clear.SHA256[1:], "sha256:" + clear.SHA256 + "00", "sha256:" + clear.SHA256 + "@", "sha256:" + clear.SHA256 + "@acme",
	} {
		if _, ok := f.Email(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestCompanyDomain(t *testing.T) {
	f := identity.NewFreeMail()
	for in, want := range map[string]string{
		"acme.com": "acme.com", " WWW.Acme.com ": "acme.com", "https://shop.acme.co.uk:8443/a?b#c": "acme.co.uk", "@acme.com": "acme.com",
		"gmail.com": "", "acme": "", "": "", "a b.com": "", "http://": "",
	} {
		got, ok := f.CompanyDomain(in)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
}

func TestIsNobody(t *testing.T) {
	for id, want := range map[string]bool{"null": true, "Undefined": true, "0": true, "[object Object]": true, "u1": false, "nullable": false, "": false} {
		if got := identity.IsNobody(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@b.com", "ä@ö.de", "a@b", "@", "a@xn--80ak6aa92e.com", "a@127.0.0.1"} {
		f.Add(s)
	}
	free := identity.NewFreeMail()
	f.Fuzz(func(t *testing.T, s string) {
		e, ok := free.Email(s)
		if ok && len(e.SHA256) != 64 {
			t.Errorf("%q: digest %q", s, e.SHA256)
		}
		if !ok && e != (identity.Email{}) {
			t.Errorf("%q: refused, and yet %v", s, e)
		}
		// What hashes the same must be the same: upper case and space do not matter.
		if again, ok2 := free.Email(" " + s + "\t"); ok != ok2 || e != again {
			t.Errorf("%q: surrounding space matters", s)
		}
		free.CompanyDomain(s)
		identity.LooksLikeEmail(s)
	})
}
