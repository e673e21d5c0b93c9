package attribution

import (
	"fmt"
	"strconv"
	"strings"
)

// Percent is a share in configuration, in ten-thousandths of a percent, so that it is exact to four decimals: "22.5" is 225000.
type Percent uint32

// PercentWhole is 100 %.
const PercentWhole Percent = 1_000_000

const percentDecimals = 4

// ParsePercent reads a decimal between 0 and 100 with at most four decimals.
func ParsePercent(text string) (Percent, error) {
	bad := fmt.Errorf("percent %q: want a decimal from 0 to 100 with at most %d decimals", text, percentDecimals)
	whole, frac, _ := strings.Cut(text, ".")
	if whole == "" || len(whole) > 3 || len(frac) > percentDecimals || strings.ContainsAny(text, "+-_") {
		return 0, bad
	}
	n, err := strconv.ParseUint(whole+frac+"0000"[len(frac):], 10, 32)
	if err != nil || Percent(n) > PercentWhole {
		return 0, bad
	}
	return Percent(n), nil
}

func (p Percent) String() string {
	s := fmt.Sprintf("%d.%04d", p/10_000, p%10_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalText writes the decimal.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the decimal; YAML hands numbers over as they are written.
func (p *Percent) UnmarshalText(text []byte) error {
	v, err := ParsePercent(string(text))
	*p = v
	return err
}

// UnmarshalJSON reads a JSON number or string.
func (p *Percent) UnmarshalJSON(data []byte) error {
	return p.UnmarshalText([]byte(strings.Trim(string(data), `"`)))
}
