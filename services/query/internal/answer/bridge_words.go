package answer

import (
	"fmt"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// reasonWords say a reason as a cause: "... moved revenue".
var reasonWords = map[string]string{
	"conversion": "New conversions", "opened": "New opportunities", "touch": "Touches of open journeys", "late_touch": "Touches that arrived late",
	"stage": "Stages reached or left", "amount": "Corrected amounts", "won": "Deals won", "lost": "Deals lost", "reopened": "Reopened deals",
	"identity": "People and companies recognised", "erasure": "Erased people", "rules": "Changed channel rules", "model": "A changed model",
	"deleted": "Deleted records", "merged": "Merged records", "limit": "Touches beyond the limit of a journey",
}

func reasonWord(reason string) string {
	if words, ok := reasonWords[reason]; ok {
		return words
	}
	return "Reason " + reason
}

// measureWords name a measure within a sentence.
var measureWords = map[string]string{
	"revenue": "revenue", "pipeline": "pipeline", "customers": "customers", "opportunities": "opportunities", "conversions": "conversions",
	"conversion_value": "conversion value",
}

// sentence says what a step did. shifted is what its gaining parts gained: where a step adds up to nothing, that is what moved.
func (b *bridgeBuilder) sentence(key string, step BridgeStep, total, shifted int64) string {
	who := key
	switch b.by {
	case store.BridgeByReason:
		who = reasonWord(key)
	case store.BridgeByMonth:
		who = "Changes of " + monthWord(key)
	case store.BridgeByChannel:
	}
	measure, behind := measureWords[b.query.Measure], countOf(step.Postings, "posting")+" of "+countOf(step.Journeys, "journey")
	switch {
	case total > 0:
		return fmt.Sprintf("%s added %s of %s (%s).", who, b.words(total), measure, behind)
	case total < 0:
		return fmt.Sprintf("%s took away %s of %s (%s).", who, b.words(-total), measure, behind)
	case shifted > 0 && b.by != store.BridgeByChannel:
		return fmt.Sprintf("%s moved %s of %s between channels, and the total stayed (%s).", who, b.words(shifted), measure, behind)
	}
	return fmt.Sprintf("%s left %s as it was (%s).", who, measure, behind)
}

func countOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return readable.Integer(n) + " " + noun + "s"
}

func monthWord(month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return at.Format("January 2006")
}

// headline says how far the two ends are apart, and the step that did most of it.
func (b *bridgeBuilder) headline(out *Bridge, change int64) string {
	measure := measureWords[b.query.Measure]
	since := "from the beginning"
	if !b.query.From.IsZero() {
		since = "since " + b.query.From.Format("2 January 2006 15:04") + " UTC"
	}
	switch {
	case len(b.parts) == 0:
		return "Nothing is recorded for this period yet."
	case len(out.Steps) == 0:
		return fmt.Sprintf("%s has not changed %s.", capitalised(measure), since)
	case change == 0:
		return fmt.Sprintf("The total of %s is the same as %s. %s", measure, strings.TrimPrefix(since, "since "), out.Steps[0].Sentence)
	}
	direction := "grew"
	if change < 0 {
		direction, change = "fell", -change
	}
	return fmt.Sprintf("%s %s by %s %s. %s", capitalised(measure), direction, b.words(change), since, out.Steps[0].Sentence)
}

func capitalised(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
