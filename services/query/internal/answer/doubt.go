package answer

import (
	"fmt"
	"math"
)

// Levels of confidence.
const (
	sure    = "high"
	likely  = "medium"
	unsure  = "low"
	zLikely = 1.64 // one time in ten by chance alone
	zSure   = 2.58 // one time in a hundred
	// fewOutcomes and enoughOutcomes are what a ratio needs to be more than luck.
	fewOutcomes, enoughOutcomes = 5.0, 20.0
)

// doubtCount judges a count against the average of weeks before it. Counts of rare events scatter as Poisson's: the difference is held against
// the scatter of both sides.
func doubtCount(now, total float64, weeks int64) (confidence, doubt string) {
	mean := total / float64(weeks)
	spread := math.Sqrt(math.Max(now, mean) + mean/float64(weeks))
	if spread == 0 {
		return unsure, "nothing was counted on either side"
	}
	z := math.Abs(now-mean) / spread
	few := ""
	if now+total < enoughOutcomes {
		few = fmt.Sprintf("only %.0f were counted in all %d weeks", math.Round(now+total), weeks+1)
	}
	switch {
	case z >= zSure && few == "":
		return sure, ""
	case z >= zLikely && few == "":
		return likely, "such a difference comes by chance about once in ten to a hundred weeks"
	case z >= zSure:
		return likely, few
	case few != "":
		return unsure, few + ": this may be chance"
	}
	return unsure, "such a difference is within the usual scatter"
}

// doubtRatio judges a ratio by the outcomes it rests on.
func doubtRatio(outcomes float64) (confidence, doubt string) {
	switch {
	case outcomes >= enoughOutcomes:
		return sure, ""
	case outcomes >= fewOutcomes:
		return likely, fmt.Sprintf("it rests on %.0f outcomes", outcomes)
	}
	return unsure, fmt.Sprintf("it rests on %.1f outcomes: one more or less would change it", outcomes)
}

// doubtNone judges that nothing came of something of which so much was to be expected: the chance of none is e^-expected.
func doubtNone(expected float64) (confidence, doubt string) {
	chance := math.Exp(-expected)
	switch {
	case chance < 0.01:
		return sure, ""
	case chance < 0.1:
		return likely, fmt.Sprintf("at the average cost %.1f outcomes were to be expected; none at all comes by chance %.0f times in a hundred", expected, chance*100)
	}
	return unsure, fmt.Sprintf("at the average cost only %.1f outcomes were to be expected: none may be chance", expected)
}

// doubtShares judges two shares against each other.
func doubtShares(hits, n, hitsBefore, nBefore int64) (confidence, doubt string) {
	if n < int64(fewOutcomes) || nBefore < int64(fewOutcomes) {
		return unsure, fmt.Sprintf("it is %d against %d cases: this may be chance", n, nBefore)
	}
	p := float64(hits+hitsBefore) / float64(n+nBefore)
	spread := math.Sqrt(p * (1 - p) * (1/float64(n) + 1/float64(nBefore)))
	z := math.Abs(float64(hits)/float64(n)-float64(hitsBefore)/float64(nBefore)) / math.Max(spread, 1e-9)
	switch {
	case z >= zSure:
		return sure, ""
	case z >= zLikely:
		return likely, "such a difference comes by chance about once in ten to a hundred weeks"
	}
	return unsure, "such a difference is within the usual scatter"
}
