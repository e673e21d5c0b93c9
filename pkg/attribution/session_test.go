package attribution

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestSessions runs testdata/sessions.txt. Each case is a list of hits and the sessions they make:
//
//	case NAME
//	page|event MINUTE [EVIDENCE SOURCE [MEDIUM [CAMPAIGN [CLICKID]]]] [form] [bot=REASON] [id=ID]
//	want FIRST[/KIND][*HITS][!REASON] ...
//
// Hits are named h1, h2 ... in the order of the file; a session is named by its first hit.
func TestSessions(t *testing.T) {
	data, err := os.ReadFile("testdata/sessions.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Split("\n"+string(data), "\ncase ")[1:] {
		name, body, _ := strings.Cut(text, "\n")
		t.Run(name, func(t *testing.T) {
			var hits []Hit
			for _, line := range strings.Split(body, "\n") {
				f := strings.Fields(line)
				switch {
				case len(f) == 0 || f[0][0] == '#':
				case f[0] == "want":
					if got := describe(hits); got != strings.Join(f[1:], " ") {
						t.Errorf("got %s, want %s", got, strings.Join(f[1:], " "))
					}
				default:
					hits = append(hits, readHit(t, f, len(hits)+1))
				}
			}
		})
	}
}

func readHit(t *testing.T, f []string, n int) Hit {
	minute, err := strconv.ParseFloat(f[1], 64)
	if err != nil {
		t.Fatal(f, err)
	}
	h := Hit{Key: Key{OccurredUS: int64(minute * 60_000_000), ReceiptSeq: int64(n), ID: fmt.Sprintf("h%d", n)}, IsPage: f[0] == "page"}
	var origin []string
	for _, word := range f[2:] {
		switch k, v, _ := strings.Cut(word, "="); k {
		case "form":
			h.IsForm = true
		case "bot":
			h.IsBot, h.BotReason = true, v
		case "id":
			h.Key.ID = v
		default:
			origin = append(origin, word)
		}
	}
	if len(origin) > 0 {
		h.Evidence = map[string]Evidence{
			"none": EvidenceNone, "utm": EvidenceUTM, "click": EvidenceClickID, "referrer": EvidenceReferrer, "explicit": EvidenceExplicit,
		}[origin[0]]
	}
	for i, to := range []*string{&h.Source, &h.Medium, &h.Campaign, &h.ClickID} {
		if i+1 < len(origin) {
			*to = strings.Trim(origin[i+1], "-")
		}
	}
	return h
}

func describe(hits []Hit) string {
	var words []string
	for _, s := range Sessions("v", hits, 0) {
		w := s.Key.ID
		if s.Kind != TouchKindVisit {
			w += "/" + string(s.Kind)
		}
		if s.Hits > 1 {
			w += "*" + strconv.Itoa(s.Hits)
		}
		if s.IsBot {
			w += "!" + s.BotReason
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestSessions_idFollowsVisitorAndFirstEvent(t *testing.T) {
	hits := []Hit{{Key: Key{OccurredUS: 5, ID: "b"}, IsPage: true}}
	first := Sessions("v", hits, 0)[0].ID
	if first != TouchpointID("v", "b") || first == TouchpointID("w", "b") || len(first) != 32 {
		t.Errorf("id %q", first)
	}
	later := Sessions("v", append(hits, Hit{Key: Key{OccurredUS: 6, ID: "c"}, IsPage: true}), 0)[0].ID
	earlier := Sessions("v", append(hits, Hit{Key: Key{OccurredUS: 4, ID: "a"}, IsPage: true}), 0)[0].ID
	if later != first || earlier == first {
		t.Errorf("ids %q, %q, %q", first, later, earlier)
	}
}

func TestSessions_gap(t *testing.T) {
	hits := []Hit{{Key: Key{OccurredUS: 0, ID: "a"}, IsPage: true}, {Key: Key{OccurredUS: 11, ID: "b"}, IsPage: true}}
	if n := len(Sessions("v", hits, 10)); n != 2 {
		t.Errorf("%d sessions with a gap of 10", n)
	}
	if n := len(Sessions("v", hits, 11)); n != 1 {
		t.Errorf("%d sessions with a gap of 11", n)
	}
	if s := Sessions("v", nil, 0); s != nil {
		t.Errorf("%v out of nothing", s)
	}
}
