package adfile

import (
	"cmp"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// A day is imported whole or not at all: half of one would stand beside what was imported of it before, or look like a cheap day.

// CodeIncomplete refuses costs of a day that has others that could not be read.
const CodeIncomplete = "day_incomplete"

// span is a period, of which both ends are part.
type span struct{ first, last int }

// breakDays marks days that cannot be imported.
func (r *report) breakDays(first, last int) {
	for day := first; day <= last; day++ {
		r.broken[day] = true
	}
}

// spread marks the days that cannot be imported since a row's period takes in one that cannot: a cost is not imported in part either. Periods that share days stand and fall together.
func (r *report) spread() {
	slices.SortFunc(r.spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last)) })
	for i := 0; i < len(r.spans); {
		all, j := r.spans[i], i+1
		for ; j < len(r.spans) && r.spans[j].first <= all.last; j++ {
			all.last = max(all.last, r.spans[j].last)
		}
		for day := all.first; day <= all.last; day++ {
			if r.broken[day] {
				r.breakDays(all.first, all.last)
				break
			}
		}
		i = j
	}
}

// incomplete takes the costs of days that are not whole out of the import and says so of each.
func (r *report) incomplete() []Item {
	if r.options.KeepRows || !r.anyDay && len(r.broken) == 0 {
		return nil
	}
	r.spread()
	reason := "another row of the day cannot be read, so the day is left as it was"
	if r.anyDay {
		reason = "a row of the file has no day that can be read, so none of its days is known to be whole"
	}
	var items []Item
	r.sequence = slices.DeleteFunc(r.sequence, func(k cellKey) bool {
		if !r.anyDay && !r.broken[k.day] {
			return false
		}
		c := r.cells[k]
		items = append(items, Item{Line: c.line, Original: c.original, Err: &event.Error{Field: r.label(colDay, "day"), Code: CodeIncomplete, Reason: reason}})
		delete(r.cells, k)
		return true
	})
	r.plan.Incomplete = len(items)
	return items
}
