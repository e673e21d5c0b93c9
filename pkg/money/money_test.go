package money

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		minor          int64
		rounded        bool
		err            error
	}{
		{"1250.00", "EUR", 125000, false, nil},
		{"0", "USD", 0, false, nil},
		{"-0", "USD", 0, false, nil},
		{"0.1", "USD", 10, false, nil},
		{"1.005", "USD", 101, true, nil},
		{"1.004999", "USD", 100, true, nil},
		{"-1.005", "USD", -101, true, nil},
		{"1.00000", "USD", 100, false, nil},
		{".5", "USD", 50, false, nil},
		{"5.", "USD", 500, false, nil},
		{"+3", "USD", 300, false, nil},
		{"1e3", "USD", 100000, false, nil},
		{"1E+3", "JPY", 1000, false, nil},
		{"12.5e-1", "USD", 125, false, nil},
		{"5e-3", "USD", 1, true, nil},
		{"4.9e-3", "USD", 0, true, nil},
		{"5e-4", "USD", 0, true, nil},
		{"0e999999999999999999999", "USD", 0, false, nil},
		{"1e-999999999999999999999", "USD", 0, true, nil},
		{"1e999999999999999999999", "USD", 0, false, ErrRange},
		{"0.4", "JPY", 0, true, nil},
		{"0.5", "JPY", 1, true, nil},
		{"1.2345", "KWD", 1235, true, nil},
		{"3.195", "XTS", 3195000, false, nil},
		{"92233720368547758.07", "USD", math.MaxInt64, false, nil},
		{"-92233720368547758.07", "USD", -math.MaxInt64, false, nil},
		{"92233720368547758.074", "USD", math.MaxInt64, true, nil},
		{"92233720368547758.075", "USD", 0, false, ErrRange},
		{"92233720368547758.08", "USD", 0, false, ErrRange},
		{"-92233720368547758.08", "USD", 0, false, ErrRange},
		{"184467440737095516.16", "USD", 0, false, ErrRange},
		{"18446744073709551615.5", "JPY", 0, false, ErrRange},
		{"00000000000000000000000000001", "USD", 100, false, nil},
		{"", "USD", 0, false, ErrSyntax},
		{".", "USD", 0, false, ErrSyntax},
		{"-", "USD", 0, false, ErrSyntax},
		{"e3", "USD", 0, false, ErrSyntax},
		{"1e", "USD", 0, false, ErrSyntax},
		{"1e+-3", "USD", 0, false, ErrSyntax},
		{"1,250", "USD", 0, false, ErrSyntax},
		{" 1", "USD", 0, false, ErrSyntax},
		{"1.2.3", "USD", 0, false, ErrSyntax},
		{"NaN", "USD", 0, false, ErrSyntax},
		{"Infinity", "USD", 0, false, ErrSyntax},
		{"0x10", "USD", 0, false, ErrSyntax},
		{"1_000", "USD", 0, false, ErrSyntax},
		{"٣", "USD", 0, false, ErrSyntax},
		{strings.Repeat("9", 257), "USD", 0, false, ErrSyntax},
		{"1", "usd", 0, false, ErrCurrency},
		{"1", "", 0, false, ErrCurrency},
		{"1", "D E", 0, false, ErrCurrency},
		{"1", "XAU", 0, false, ErrCurrency},
	} {
		minor, rounded, err := ParseDecimal(c.text, c.currency)
		if minor != c.minor || rounded != c.rounded || !errors.Is(err, c.err) {
			t.Errorf("ParseDecimal(%q, %q) = %d, %v, %v; want %d, %v, %v", c.text, c.currency, minor, rounded, err, c.minor, c.rounded, c.err)
		}
	}
}

func TestFormatDecimal(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{
		{125000, "EUR", "1250.00"},
		{-5, "EUR", "-0.05"},
		{1250, "JPY", "1250"},
		{-7, "JPY", "-7"},
		{1, "KWD", "0.001"},
		{math.MinInt64, "USD", "-92233720368547758.08"},
		{3195000, "XTS", "3.195000"},
		{100, "???", "1.00"},
	} {
		if got := FormatDecimal(c.minor, c.currency); got != c.want {
			t.Errorf("FormatDecimal(%d, %q) = %q, want %q", c.minor, c.currency, got, c.want)
		}
	}
}

func TestFormatDecimal_readsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]string{"USD", "JPY", "KWD", "CLF", "XTS"}).Draw(t, "currency")
		minor := rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "minor")
		got, rounded, err := ParseDecimal(FormatDecimal(minor, currency), currency)
		if got != minor || rounded || err != nil {
			t.Fatalf("got %d, %v, %v", got, rounded, err)
		}
	})
}

func TestExponent_countsEveryCode(t *testing.T) {
	seen := make(map[string]bool)
	for _, list := range []string{exponent0, exponent2, exponent3, exponent4, exponent6} {
		for _, code := range strings.Fields(list) {
			if len(code) != 3 || seen[code] {
				t.Errorf("code %q is malformed or listed twice", code)
			}
			seen[code] = true
		}
	}
	if len(seen) != 168 {
		t.Errorf("%d codes", len(seen))
	}
}

func TestAmount_Add(t *testing.T) {
	a, b := Amount{math.MaxInt64, "USD"}, Amount{1, "USD"}
	if _, err := a.Add(b); !errors.Is(err, ErrRange) {
		t.Errorf("overflow: %v", err)
	}
	if _, err := (Amount{-math.MaxInt64, "USD"}).Add(Amount{-1, "USD"}); !errors.Is(err, ErrRange) {
		t.Errorf("underflow: %v", err)
	}
	if _, err := a.Add(Amount{1, "EUR"}); !errors.Is(err, ErrCurrency) {
		t.Errorf("mixed currencies: %v", err)
	}
	if got, err := b.Add(Amount{-3, "USD"}); err != nil || got != (Amount{-2, "USD"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		from, to string
		rate     string
		want     int64
		err      error
	}{
		{10000, "EUR", "USD", "1.0834", 10834, nil},
		{1, "EUR", "USD", "1.5", 2, nil},
		{-1, "EUR", "USD", "1.5", -2, nil},
		{1, "EUR", "USD", "1.499999999999", 1, nil},
		{100, "USD", "JPY", "155.505", 156, nil},
		{156, "JPY", "USD", "0.0064305", 100, nil},
		{1, "KWD", "JPY", "500", 1, nil},
		{1000, "JPY", "KWD", "0.002", 2000, nil},
		{math.MaxInt64, "USD", "EUR", "1", math.MaxInt64, nil},
		{math.MaxInt64, "USD", "EUR", "1.0000000001", 0, ErrRange},
		{math.MaxInt64, "JPY", "KWD", "1", 0, ErrRange},
		{1, "USD", "???", "1", 0, ErrCurrency},
	} {
		rate, err := ParseRate(c.rate)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Convert(Amount{c.minor, c.from}, c.to, rate)
		if !errors.Is(err, c.err) || got.Minor != c.want {
			t.Errorf("%d %s at %s = %v, %v; want %d %s, %v", c.minor, c.from, c.rate, got, err, c.want, c.to, c.err)
		}
	}
}

func TestParseRate_refuses(t *testing.T) {
	for _, text := range []string{"0", "-1", "", "x", "1e-13", "99999999999"} {
		if r, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v", text, r)
		}
	}
	if _, err := Convert(Amount{1, "USD"}, "EUR", Rate{}); !errors.Is(err, ErrRange) {
		t.Errorf("zero rate: %v", err)
	}
}

func TestConvert_roundsExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(-math.MaxInt64/1000, math.MaxInt64/1000).Draw(t, "minor")
		scaled := rapid.Uint64Range(1, 900e12).Draw(t, "rate")
		got, err := Convert(Amount{minor, "USD"}, "EUR", Rate{scaled})
		if err != nil {
			t.Fatal(err)
		}
		// |got*10^12*2 - minor*scaled*2| <= 10^12
		diff := new(big.Int).Mul(big.NewInt(got.Minor), big.NewInt(1e12))
		diff.Sub(diff, new(big.Int).Mul(big.NewInt(minor), new(big.Int).SetUint64(scaled)))
		diff.Abs(diff).Lsh(diff, 1)
		if diff.Cmp(big.NewInt(1e12)) > 0 {
			t.Fatalf("%d at %d became %d", minor, scaled, got.Minor)
		}
	})
}

// FuzzParseDecimal compares with arbitrary-precision rationals.
func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"1250.00", "-1.005", "1e3", ".5", "5.", "1e-7", "00.10", "9e18", "92233720368547758.075", "+0", "e", "1e5000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		minor, rounded, err := ParseDecimal(text, "USD")
		if err != nil {
			if minor != 0 || rounded {
				t.Fatalf("%q: a value beside an error", text)
			}
			return
		}
		if strings.ContainsAny(text, "eE") && len(text) > 12 {
			return // A rational with a huge exponent is too slow to check.
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q was accepted as %d", text, minor)
		}
		want.Mul(want, big.NewRat(100, 1))
		diff := want.Sub(want, new(big.Rat).SetInt64(minor))
		if (diff.Sign() != 0) != rounded || diff.Abs(diff).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%q became %d, rounded %v", text, minor, rounded)
		}
	})
}
