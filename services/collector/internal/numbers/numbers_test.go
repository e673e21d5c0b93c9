package numbers_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
)

func TestMillionths(t *testing.T) {
	const bad = int64(-1)
	for _, v := range []struct {
		text       string
		point      int64
		comma      int64
		sign       string
		currency   string
		inDoubt    string
		countsOnly string
	}{
		{text: "12", point: 12_000_000, comma: 12_000_000},
		{text: "1.5", point: 1_500_000, comma: bad, sign: "."},
		{text: "1,5", point: bad, comma: 1_500_000, sign: ","},
		{text: "1,234.50", point: 1234_500_000, comma: bad, sign: "."},
		{text: "1.234,50", point: bad, comma: 1234_500_000, sign: ","},
		{text: "1.234", point: 1_234_000, comma: 1234_000_000, inDoubt: ".", countsOnly: ","},
		{text: "1,234", point: 1234_000_000, comma: 1_234_000, inDoubt: ",", countsOnly: "."},
		{text: "0.234", point: 234_000, comma: bad, sign: "."},
		{text: "1.234.567", point: bad, comma: 1_234_567_000_000, sign: ","},
		{text: "12,34,567.80", point: 1_234_567_800_000, comma: bad, sign: "."},
		{text: "1 234,56", point: bad, comma: 1234_560_000, sign: ","},
		{text: "1\u202f234,567", point: bad, comma: 1234_567_000, sign: ","},
		{text: "1'234.50", point: 1234_500_000, comma: bad, sign: "."},
		{text: "1’234’567", point: 1_234_567_000_000, comma: 1_234_567_000_000},
		{text: ".5", point: 500_000, comma: bad, sign: "."},
		{text: "5.", point: 5_000_000, comma: 5_000_000},
		{text: "€1,234.50", point: 1234_500_000, comma: bad, sign: ".", currency: "EUR"},
		{text: "1.234,50 €", point: bad, comma: 1234_500_000, sign: ",", currency: "EUR"},
		{text: "EUR 12.00", point: 12_000_000, comma: bad, sign: ".", currency: "EUR"},
		{text: "12,00 CHF", point: bad, comma: 12_000_000, sign: ",", currency: "CHF"},
		{text: "Fr. 12.50", point: 12_500_000, comma: bad, sign: ".", currency: "CHF"},
		{text: "12.-", point: 12_000_000, comma: 12_000_000},
		{text: "$12.00", point: 12_000_000, comma: bad, sign: "."},
		{text: "R$ 12,00", point: bad, comma: 12_000_000, sign: ",", currency: "BRL"},
		{text: "kr 12,00", point: bad, comma: 12_000_000, sign: ","},
		{text: "1.5K", point: bad, comma: bad, sign: "."},
		{text: "2M", point: bad, comma: bad},
		{text: "1e3", point: bad, comma: bad},
		{text: "5%", point: bad, comma: bad},
		{text: "-1.00", point: bad, comma: bad, sign: "."},
		{text: "(1.00)", point: bad, comma: bad, sign: "."},
		{text: "1.00-", point: bad, comma: bad, sign: "."},
		{text: "−1", point: bad, comma: bad},
		{text: "1 2", point: bad, comma: bad},
		{text: "1,23.4", point: bad, comma: bad},
		{text: "1,,234", point: bad, comma: bad},
		{text: "1.234 567", point: bad, comma: bad},
		{text: "1.2.3", point: bad, comma: bad},
		{text: "=1+1", point: bad, comma: bad},
		{text: "about 5", point: bad, comma: bad},
		{text: "x", point: bad, comma: bad},
		{text: "123456789012", point: bad, comma: bad},
		{text: "١٢", point: bad, comma: bad},
	} {
		for _, w := range []struct {
			decimal rune
			want    int64
		}{{'.', v.point}, {',', v.comma}} {
			got, ok := numbers.Millionths(v.text, w.decimal)
			if !ok {
				got = bad
			}
			if got != w.want {
				t.Errorf("%q with %c: %d, want %d", v.text, w.decimal, got, w.want)
			}
		}
		sign, doubt := numbers.Evidence(v.text, false)
		if name(sign) != v.sign || name(doubt) != v.inDoubt {
			t.Errorf("%q: sign %q, doubt %q", v.text, name(sign), name(doubt))
		}
		if sign, _ := numbers.Evidence(v.text, true); v.countsOnly != "" && name(sign) != v.countsOnly {
			t.Errorf("%q as a count: sign %q", v.text, name(sign))
		}
		if got := numbers.CurrencyOf(v.text); got != v.currency {
			t.Errorf("%q: currency %q, want %q", v.text, got, v.currency)
		}
	}
}

func name(r rune) string { return strings.Trim(string(r), "\x00") }

// TestMillionths_allLocales: a number written as any locale does is read back, and never as another with the other decimal sign.
func TestMillionths_allLocales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(0, 99_999_999_99).Draw(t, "cents")
		locale := rapid.SampledFrom([]struct {
			group   string
			decimal rune
		}{{",", '.'}, {".", ','}, {" ", ','}, {"\u202f", ','}, {"\u00a0", ','}, {"'", '.'}, {"’", '.'}, {"", '.'}, {"", ','}}).Draw(t, "locale")
		text := written(cents, locale.group, string(locale.decimal))
		n, ok := numbers.Millionths(text, locale.decimal)
		if !ok || n != cents*10_000 {
			t.Fatalf("%q: %d, %v", text, n, ok)
		}
		if sign, _ := numbers.Evidence(text, false); sign != locale.decimal {
			t.Fatalf("%q: sign %q", text, sign)
		}
		if n, ok := numbers.Millionths(text, '.'+','-locale.decimal); ok {
			t.Fatalf("%q with the other sign is %d", text, n)
		}
		if numbers.Decimal(cents*10_000) != strings.TrimSuffix(strings.TrimRight(written(cents, "", "."), "0"), ".") {
			t.Fatalf("%d is written as %s", cents, numbers.Decimal(cents*10_000))
		}
	})
}

func written(cents int64, group, decimal string) string {
	digits := "00" + numbers.Decimal(cents*1_000_000)
	whole, fraction := strings.TrimLeft(digits[:len(digits)-2], "0"), digits[len(digits)-2:]
	if whole == "" {
		whole = "0"
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	return whole + decimal + fraction
}

// FuzzMillionths holds for any text: no panic, no negative number, and the two decimal signs agree wherever the text has no evidence for one.
func FuzzMillionths(f *testing.F) {
	for _, text := range []string{"1,234.50", "1.234,50 €", "1 234", "12.-", "Fr. .5", "(1)", "1’2", "12,34,567", "\u202f1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		point, isPoint := numbers.Millionths(text, '.')
		comma, isComma := numbers.Millionths(text, ',')
		if point < 0 || comma < 0 {
			t.Fatalf("%q is negative", text)
		}
		sign, doubt := numbers.Evidence(text, false)
		if isPoint && isComma && point != comma && doubt == 0 {
			t.Fatalf("%q is %d or %d, and nothing says so", text, point, comma)
		}
		if sign == '.' && isComma || sign == ',' && isPoint {
			if point != comma {
				t.Fatalf("%q can only have %q, and is read with the other", text, sign)
			}
		}
		_ = numbers.CurrencyOf(text)
	})
}
