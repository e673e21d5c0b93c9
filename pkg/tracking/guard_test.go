package tracking

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGuards: what is asked before an expression, to spare it, never keeps a match from it.
func TestGuards(t *testing.T) {
	text := rapid.StringMatching(`([{\[*|%_@.:25a-zA-Z ]|%%|__|\*\|){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "value")
		if placeholder.MatchString(s) && !mayHold(s) {
			t.Fatalf("%q holds a placeholder", s)
		}
		if doubleEncoded.MatchString(s) && !strings.Contains(s, "%25") || mailAddress.MatchString(s) && !strings.Contains(s, "@") {
			t.Fatalf("%q is not asked about", s)
		}
	})
	for _, p := range Parameters() {
		if !isParameter(p) {
			t.Errorf("%s is a parameter", p)
		}
	}
	for _, near := range []string{"um_source", "utm_sourc", "tm_source", "utm_ssource", "utmsource", "atm_source"} {
		if misspelt(near) == "" {
			t.Errorf("%s goes unnoticed", near)
		}
	}
}

// TestClean: the quick look never calls an address clean in which the thorough one finds a fault, and it spares the usual ones.
func TestClean(t *testing.T) {
	cfg := DefaultConfig()
	strict := cfg
	strict.Allowed = map[string][]string{Medium: {"cpc", "email"}}
	strict.Patterns = map[string]string{Campaign: `[a-z0-9]+(_[a-z0-9]+)*`}
	loose := Config{AnyCase: true, MaxLength: 5}
	var all []*Rules
	for _, c := range []Config{cfg, strict, loose} {
		r, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if address := "https://a.example/p?x=1&gclid=EAIa-Qob&utm_source=google&utm_medium=cpc&utm_campaign=spring_sale"; !all[0].clean(address) || !all[1].clean(address) {
		t.Error("a good address gets the thorough look")
	}
	clean := 0
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"utm_source=google", "utm_medium=cpc", "utm_campaign=spring_1", "gclid=Ab1", "utm_term=", "utm_id=7", "&", "?", "#", "UTM_source=a", "gad_source=1"}),
		rapid.StringMatching(`(utm_source|utm_medium|utm_campaign|utm_content|utm-source|atm_source|utm_sorce|utm|x|X)=?([a-zA-Z_\-.~|:/{}\[\]*%@+ é\t?#]|%%|__|%20|%2520|a@b\.co){0,7}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"https://a.example/?", "http://a.example/p?", "a.example?", " https://a.example/?", "https://a.example/", "https://a.example/#"}).Draw(t, "page") +
			strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "&") + rapid.SampledFrom([]string{"", "", "#top", "#utm_source=a"}).Draw(t, "fragment")
		for i, r := range all {
			if !r.clean(address) {
				continue
			}
			clean++
			l, found := r.inspect(address)
			found = slices.DeleteFunc(found, func(f Fault) bool { return f.Code == CodeInsecure || f.Code == CodeAddress })
			if len(l.Tags) > 0 {
				found = append(found, r.values(l.Tags)...)
			}
			if len(found) > 0 {
				t.Fatalf("rules %d call %q clean: %v", i, address, Codes(found))
			}
		}
	})
	if clean == 0 {
		t.Error("no address was clean")
	}
	for i, p := range Parameters() {
		if j := tagIndex(p); j < 0 || j >= tagCount || i != j {
			t.Errorf("%s has number %d", p, j)
		}
	}
}
