// Package conformance runs the suite of schemas/conformance against an engine over HTTP: it posts a case's events to the collector, asks the
// query service for the journeys until they are as the case expects, and says which cases were not.
//
// A case's ids, addresses and accounts get a prefix of the run's and the case's own, so that all cases live side by side in one running system
// and the suite can be run again and again on the same data.
package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	suite "github.com/tributary-attribution/tributary/schemas/conformance"
)

// Case is one rule or edge: events in, credit out, and a sentence that says why.
type Case struct {
	// Name is unique over all files.
	Name string `json:"name"`
	Why  string `json:"why"`
	Step
	// Then are sent one after the other, each when the one before came out as expected.
	Then []Step `json:"then,omitempty"`
}

// Steps are all steps of the case, in order.
func (c *Case) Steps() []Step { return append([]Step{c.Step}, c.Then...) }

// Step is something that happens and what follows from all that has happened so far.
type Step struct {
	// Events are records as the collector takes them, in the order in which they are sent.
	Events []json.RawMessage `json:"events"`
	Expect Expect            `json:"expect"`
}

// Expect is what a step comes out as. What it does not name is not looked at.
type Expect struct {
	// Credit is by journey.
	Credit map[string]Models `json:"credit,omitempty"`
	// Reasons are those of the postings that the step made, by journey, in any order.
	Reasons map[string][]string `json:"reasons,omitempty"`
	// Campaigns are rows of the report, by campaign.
	Campaigns map[string]Campaign `json:"campaigns,omitempty"`
}

// Models are a journey's amounts by model, measure and touch: "33.34 USD" for money, "0.5" for counts. A touch is named by the id of the
// event it starts with, by "channel:NAME" or "source:NAME" (the sum over such touches), or is Unattributed.
type Models map[string]map[string]map[string]string

// Unattributed names the line of what no touch earned.
const Unattributed = "(unattributed)"

// Campaign is what the report on one campaign of a spend record shows.
type Campaign struct {
	Model   string `json:"model"`
	From    string `json:"from"`
	To      string `json:"to"`
	Channel string `json:"channel"`
	// Figures are fields of the row and their values.
	Figures map[string]any `json:"figures"`
}

// Load reads the files of cases; without any, the suite that is built in.
func Load(files ...string) ([]Case, error) {
	if len(files) > 0 {
		return load(files, os.ReadFile)
	}
	names, err := fs.Glob(suite.FS, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list the built-in cases: %w", err)
	}
	return load(names, suite.FS.ReadFile)
}

func load(names []string, read func(string) ([]byte, error)) ([]Case, error) {
	var all []Case
	seen := make(map[string]string)
	for _, name := range names {
		if strings.HasSuffix(name, suite.Schema) {
			continue
		}
		text, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("read cases: %w", err)
		}
		var file struct{ Cases []Case }
		if err := json.Unmarshal(text, &file); err != nil {
			return nil, fmt.Errorf("read cases of %s: %w", name, err)
		}
		for _, c := range file.Cases {
			if other, twice := seen[c.Name]; twice || c.Name == "" {
				return nil, fmt.Errorf("%s: case %q has no name of its own (see %s)", name, c.Name, other)
			}
			seen[c.Name] = name
		}
		all = append(all, file.Cases...)
	}
	if len(all) == 0 {
		return nil, errors.New("there are no cases")
	}
	return all, nil
}
