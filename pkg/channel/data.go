package channel

import (
	_ "embed" // the lists below
	"strings"
)

// The lists are the project's own files; each says in its first lines what it is. They are parsed once per Classifier, and tests check
// that every line is understood, so parsing has no errors.
var (
	//go:embed data/categories.txt
	categoriesData string
	//go:embed data/clickids.txt
	clickIDsData string
	//go:embed data/referrers.txt
	referrersData string
	//go:embed data/excluded.txt
	excludedData string
)

// clickID is a parameter that ad platforms and mailers add to links.
type clickID struct {
	param, source, medium string
	// strong ids say by themselves where the click came from.
	strong bool
}

func categoryNames() []string { return []string{"search", "shopping", "social", "video"} }

func lines(data string) []string {
	var out []string
	for line := range strings.Lines(data) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

func categories() map[string]string {
	out := make(map[string]string, 1000)
	for _, line := range lines(categoriesData) {
		category, sources, _ := strings.Cut(line, ":")
		for source := range strings.SplitSeq(sources, ",") {
			out[strings.TrimSpace(source)] = category
		}
	}
	return out
}

func clickIDs() []clickID {
	var out []clickID
	for _, line := range lines(clickIDsData) {
		if f := strings.Fields(line); len(f) == 4 {
			out = append(out, clickID{param: f[0], source: f[1], medium: f[2], strong: f[3] == "strong"})
		}
	}
	return out
}

func hostSet(data string) map[string]struct{} {
	out := map[string]struct{}{}
	for _, line := range lines(data) {
		out[line] = struct{}{}
	}
	return out
}
