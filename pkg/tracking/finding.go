package tracking

import (
	"cmp"
	"slices"
)

// Severity of a finding.
type Severity string

// An error makes a visit count for the wrong source or for none; a warning splits or blurs reports.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Codes of findings: stable, for programs and for counting.
const (
	// CodeUntagged: the link has no utm parameter at all.
	CodeUntagged = "untagged"
	// CodeMissing: a required parameter is not there, or empty.
	CodeMissing = "missing"
	// CodeMisspelt: a parameter that looks like one of ours and is not (utm_sorce, utm-medium).
	CodeMisspelt = "misspelt_parameter"
	// CodeRepeated: a parameter comes twice; the first value counts.
	CodeRepeated = "repeated_parameter"
	// CodeCase: capitals.
	CodeCase = "upper_case"
	// CodeSpace: spaces in or around a value.
	CodeSpace = "space"
	// CodeNotAllowed: a value that is not in the list.
	CodeNotAllowed = "not_allowed"
	// CodePattern: a value that does not follow the naming pattern.
	CodePattern = "pattern"
	// CodeTooLong: a value longer than the limit.
	CodeTooLong = "too_long"
	// CodePlaceholder: an ad platform's placeholder that nobody filled in ({campaignid}, {{campaign.name}}, [campaign]).
	CodePlaceholder = "placeholder"
	// CodeEncoding: a value that was encoded twice, or cannot be decoded.
	CodeEncoding = "encoding"
	// CodeFragment: parameters behind #, where no server and few scripts see them.
	CodeFragment = "behind_fragment"
	// CodeSecondQuery: a second ? where & belongs.
	CodeSecondQuery = "second_question_mark"
	// CodePersonal: an e-mail address in the link; everybody it passes can read it.
	CodePersonal = "personal_data"
	// CodeOwnSite: a tag on a link from the site to itself: it ends the visit's real source.
	CodeOwnSite = "own_site"
	// CodeConflict: the medium contradicts the click id beside it.
	CodeConflict = "conflict"
	// CodeUnassigned: no channel rule knows this source and medium.
	CodeUnassigned = "unassigned"
	// CodeAddress: not an address of a page.
	CodeAddress = "address"
	// CodeInsecure: http.
	CodeInsecure = "insecure"
)

// Fault is one fault of a link.
type Fault struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Parameter is the one at fault, as written; empty when the whole link is.
	Parameter string `json:"parameter,omitempty"`
	Value     string `json:"value,omitempty"`
	// Reason says what is wrong and what it does, Fix what to write instead.
	Reason string `json:"reason"`
	Fix    string `json:"fix,omitempty"`
}

// severities of codes; what is not here is a warning.
func severity(code string) Severity {
	switch code {
	case CodeUntagged, CodeMissing, CodeMisspelt, CodePlaceholder, CodeEncoding, CodeFragment, CodeSecondQuery, CodePersonal, CodeOwnSite, CodeAddress, CodeUnassigned, CodeNotAllowed:
		return Error
	}
	return Warning
}

// Failed tells whether any of the findings is an error.
func Failed(findings []Fault) bool {
	return slices.ContainsFunc(findings, func(f Fault) bool { return f.Severity == Error })
}

// Codes are the codes of findings, each once, sorted.
func Codes(findings []Fault) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	slices.SortFunc(codes, cmp.Compare)
	return slices.Compact(codes)
}
