package readable

import "testing"

func TestFiguresAsPeopleReadThem(t *testing.T) {
	f := func(x float64) *float64 { return &x }
	for name, c := range map[string]struct{ got, want string }{
		"thousands":              {Decimal("1234567.891", 2), "1,234,567.89"},
		"half rounds away":       {Decimal("0.005", 2), "0.01"},
		"no invented decimals":   {Decimal("1200", 2), "1,200"},
		"zero places":            {Decimal("-1234.50", 0), "-1,235"},
		"negative nothing":       {Decimal("-0.001", 2), "0.00"},
		"not a number":           {Decimal("n/a", 2), "n/a"},
		"hundreds":               {Decimal("-123", 0), "-123"},
		"money":                  {Money("74802.970000", 2, "XTS"), "74,802.97 XTS"},
		"money without currency": {Money("0", 2, ""), "0"},
		"whole count":            {Count(8000.0000001), "8,000"},
		"split count":            {Count(1234.56), "1,234.6"},
		"ratio":                  {Ratio(f(3.1)), "3.10"},
		"large ratio":            {Ratio(f(1284.4)), "1,284"},
		"no ratio":               {Ratio(nil), "–"},
		"percent":                {Percent(f(0.42)), "42%"},
		"small percent":          {Percent(f(0.0042)), "0.4%"},
		"almost all":             {Percent(f(0.99999)), "99.9%"},
		"gain":                   {SignedPercent(f(2.1)), "+210%"},
		"loss":                   {SignedPercent(f(-0.38)), "-38%"},
		"no percent":             {SignedPercent(nil), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", name, c.got, c.want)
		}
	}
}
