package store

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

var rewrite = flag.Bool("rewrite", false, "write the statements of testdata anew")

var period = performance.Period{From: 20454, To: 20484}

// TestStatements compares what is sent to ClickHouse, text and parameters, with testdata.
func TestStatements(t *testing.T) {
	local := tables{cells: "cells_rows", spend: "spend_rows", credits: "credits_rows", touchpoints: "touchpoints_rows"}
	for name, st := range map[string]statement{
		"recorded":              recordedStatement("default", local),
		"facts_by_channel":      FactsQuery{Workspace: "default", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: period}.statement(local),
		"facts_by_campaign":     FactsQuery{Workspace: "default", Models: []string{"linear", "w_shaped"}, Basis: performance.BasisClose, GroupBy: performance.GroupByCampaign, Period: period}.statement(local),
		"facts_of_types":        FactsQuery{Workspace: "default", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: period, ConversionTypes: []string{"lead", "demo"}}.statement(local),
		"facts_to_convert":      FactsQuery{Workspace: "default", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByChannel, Period: period, Convert: true, Currency: "EUR"}.statement(local),
		"facts_by_source":       FactsQuery{Workspace: "default", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupBySource, Period: period, Interval: performance.IntervalWeek}.statement(local),
		"facts_by_landing_page": FactsQuery{Workspace: "default", Models: []string{"linear"}, Basis: performance.BasisTouch, GroupBy: performance.GroupByLandingPage, Period: period}.statement(local),
		"recorded_on_a_cluster": recordedStatement("default", tables{cells: "cells_rows_dist", spend: "spend_rows_dist"}),
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString(st.text + "\n")
			for _, arg := range st.args {
				named := arg.(ch.NamedValue)
				fmt.Fprintf(&b, "-- %s = %q\n", named.Name, named.Value)
			}
			file := filepath.Join("testdata", name+".sql")
			if *rewrite {
				if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("run with -rewrite if this is meant (-testdata, +now):\n%s", diff)
			}
		})
	}
}

// TestNoInputIsEverText holds for any input: the texts are the same whatever a client asks, so that no client writes SQL.
func TestNoInputIsEverText(t *testing.T) {
	local := tables{cells: "cells_rows", spend: "spend_rows", credits: "credits_rows", touchpoints: "touchpoints_rows"}
	evil := `x') OR 1=1; DROP TABLE cells_rows; --{y:String}`
	for _, groupBy := range performance.Groupings() {
		harmless := FactsQuery{Workspace: "w", Models: []string{"m"}, Basis: "touch", GroupBy: groupBy, Currency: "EUR", ConversionTypes: []string{"t"}}
		hostile := FactsQuery{
			Workspace: evil, Models: []string{evil}, Basis: performance.Basis(evil), GroupBy: groupBy, Currency: evil, ConversionTypes: []string{evil},
		}
		if harmless.statement(local).text != hostile.statement(local).text {
			t.Errorf("by %s: the text depends on input", groupBy)
		}
	}
}
