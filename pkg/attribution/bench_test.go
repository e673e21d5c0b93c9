package attribution

import (
	"math"
	"strconv"
	"testing"
)

func benchJourney(n int) Journey {
	j := Journey{Kind: JourneyKindOpportunity, OpenedUS: 1000 * dayUS, EndUS: math.MaxInt64}
	for i := range n {
		j.Touches = append(j.Touches, Touchpoint{
			Key: Key{OccurredUS: 950*dayUS + int64(i)*60_000_000, ID: strconv.Itoa(i)}, Channel: string(rune('A' + i%5)), PersonID: "p", IsDirect: i%4 == 0,
		})
	}
	j.Milestones = []Milestone{{Name: MilestoneLeadCreation, AtUS: 960 * dayUS, PersonID: "p"}, {Name: MilestoneOpportunityCreated, AtUS: 1000 * dayUS}}
	return j
}

func BenchmarkWeigh(b *testing.B) {
	for _, n := range []int{5, 1000} {
		j := benchJourney(n)
		models := DefaultModels()
		for i := range models {
			m := &models[i]
			b.Run(m.Name()+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.Weigh(&j)
				}
			})
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{5, 1000} {
		parts := make([]uint64, n)
		for i := range parts {
			parts[i] = uint64(i*i%97 + 1)
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Split(123_456_789, parts)
			}
		})
	}
}
