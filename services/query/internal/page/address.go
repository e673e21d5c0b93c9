package page

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// address is the page's state, as links carry it.
type address struct {
	path   string
	values answer.Request
}

// order is how parameters stand in an address, so that the same state has one address.
var order = []string{"workspace", "model", "basis", "group_by", "from", "to", "currency", "value", "channel", "sort", "offset"}

func (a address) pairs() map[string]string {
	r := a.values
	pairs := map[string]string{
		"workspace": r.Workspace, "model": r.Model, "basis": r.Basis, "group_by": r.GroupBy, "from": r.From, "to": r.To,
		"currency": r.Currency, "value": r.Value, "channel": r.Channel, "sort": r.Sort,
	}
	if r.Offset > 0 {
		pairs["offset"] = strconv.Itoa(r.Offset)
	}
	return pairs
}

// with is the address with one or more parameters changed, given as name, value, name, value. A change of anything but the offset goes back
// to the first rows.
func (a address) with(changes ...string) string {
	pairs := a.pairs()
	delete(pairs, "offset")
	for i := 0; i+1 < len(changes); i += 2 {
		pairs[changes[i]] = changes[i+1]
	}
	return a.path + query(pairs)
}

// api is where the same answer is for programs.
func (a address) api() string {
	pairs := a.pairs()
	pairs["compare_from"], pairs["compare_to"] = a.values.CompareFrom, a.values.CompareTo
	return "/api/v1/channels" + query(pairs)
}

func query(pairs map[string]string) string {
	var parts []string
	for _, name := range append(order, "compare_from", "compare_to") {
		if value := pairs[name]; value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// kept are the parameters that a form carries along, except those it sets itself.
func (a address) kept(except ...string) []field {
	pairs := a.pairs()
	delete(pairs, "offset")
	for _, name := range except {
		delete(pairs, name)
	}
	var list []field
	for _, name := range order {
		if value := pairs[name]; value != "" {
			list = append(list, field{name, value})
		}
	}
	return list
}

// periodBefore is the period of the same length that ends where the given one begins; empty when the given one is open or wrong.
func periodBefore(from, to string) (before, until string) {
	first, errFrom := performance.ParseDay(from)
	last, errTo := performance.ParseDay(to)
	days := performance.Day(performance.Period{From: first, To: last}.Days())
	if errFrom != nil || errTo != nil || days == 0 || days > answer.MaxDays || first-days < performance.FirstDay {
		return "", ""
	}
	return (first - days).String(), (first - 1).String()
}

// periodOptions end where the data ends: a replayed year of the past is looked at as that year's end would have been.
func periodOptions(at address, request answer.Request, a *answer.Channels) []option {
	list := []option{{Label: "All", Href: at.with("from", "", "to", ""), Selected: request.From == "" && request.To == ""}}
	last, err := performance.ParseDay(a.To)
	if err != nil {
		return list
	}
	for _, p := range []struct {
		label string
		days  performance.Day
	}{{"365 days", 365}, {"90 days", 90}, {"30 days", 30}, {"7 days", 7}} {
		from := (last - p.days + 1).String()
		list = append(list, option{
			Label: p.label, Href: at.with("from", from, "to", last.String()), Selected: request.From == from && request.To == last.String(),
		})
	}
	return list
}
