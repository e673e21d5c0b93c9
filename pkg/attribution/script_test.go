package attribution

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestWeigh runs the scripts in testdata/weigh. A script is a list of cases:
//
//	case NAME
//	touch ID DAY CHANNEL [person=P] [receipt=N] [direct] [bot]
//	lead DAY PERSON             ("-" for nobody in particular)
//	order STAGE...; reentered first; stage NAME DAY
//	conversion DAY [TYPE] | opportunity CREATED open | opportunity CREATED won|lost CLOSED
//	model RULE [SETTING=VALUE]...
//	want ID=FRACTION... | want unattributed | near ID=DECIMAL... | hold ID=POSITION+... | bad
//
// want names every touch with credit, hold some of them; bad says that the model must not compile.
func TestWeigh(t *testing.T) {
	files, err := filepath.Glob("testdata/weigh/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checks := 0
		for _, text := range strings.Split("\n"+string(data), "\ncase ")[1:] {
			name, body, _ := strings.Cut(text, "\n")
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				s := script{t: t}
				for _, line := range strings.Split(body, "\n") {
					if f := strings.Fields(line); len(f) > 0 && f[0][0] != '#' {
						s.line(f)
					}
				}
				checks += s.checks
			})
		}
		if checks == 0 {
			t.Errorf("%s checks nothing", file)
		}
	}
}

type script struct {
	t       *testing.T
	touches []Touchpoint
	leads   []Lead
	rules   StageRules
	visits  []StageVisit
	journey func() Journey
	model   Model
	err     error
	checks  int
}

func (s *script) line(f []string) {
	s.t.Helper()
	switch f[0] {
	case "touch":
		s.touch(f[1:])
	case "lead":
		s.leads = append(s.leads, Lead{Key: Key{OccurredUS: s.day(f[1])}, PersonID: strings.Trim(f[2], "-")})
	case "order":
		s.rules.Order = f[1:]
	case "reentered":
		s.rules.Reentered = Occurrence(f[1])
	case "stage":
		s.visits = append(s.visits, StageVisit{Stage: f[1], EnteredUS: s.day(f[2])})
	case "conversion":
		c := Conversion{Key: Key{OccurredUS: s.day(f[1])}, Type: strings.Join(f[2:], " ")}
		s.journey = func() Journey { return NewConversionJourney(&c, s.touches, s.leads) }
	case "opportunity":
		o := Opportunity{CreatedUS: s.day(f[1]), IsWon: f[2] == "won", IsClosed: f[2] != "open"}
		if o.IsClosed {
			o.ClosedUS = s.day(f[3])
		}
		s.journey = func() Journey {
			o.Visits = s.visits
			return NewOpportunityJourney(&o, s.touches, s.leads, s.rules)
		}
	case "model":
		s.compile(f[1:])
	default:
		s.expect(f)
	}
}

func (s *script) day(text string) int64 {
	d, err := strconv.ParseFloat(text, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return int64(math.Round(d * dayUS))
}

func (s *script) touch(f []string) {
	touch := Touchpoint{ID: f[0], Key: Key{OccurredUS: s.day(f[1]), ID: f[0]}, Channel: f[2]}
	for _, flag := range f[3:] {
		name, value, _ := strings.Cut(flag, "=")
		switch name {
		case "person":
			touch.PersonID = value
		case "receipt":
			touch.Key.ReceiptSeq, _ = strconv.ParseInt(value, 10, 64)
		case "direct":
			touch.IsDirect = true
		case "bot":
			touch.IsBot = true
		default:
			s.t.Fatalf("touch flag %q", flag)
		}
	}
	s.touches = append(s.touches, touch)
	SortTouchpoints(s.touches)
}

func (s *script) compile(f []string) {
	c := ModelConfig{Name: "m", Rule: Rule(f[0]), Shares: map[string]Percent{}, LookbackByConversion: map[string]Span{}}
	s.err = nil
	for _, setting := range f[1:] {
		name, value, _ := strings.Cut(setting, "=")
		if err := set(&c, name, value); err != nil && s.err == nil {
			s.err = err
		}
	}
	if s.err == nil {
		s.model, s.err = Compile(c)
	}
}

func set(c *ModelConfig, name, value string) (err error) {
	switch name {
	case "lookback":
		return c.Lookback.UnmarshalText([]byte(value))
	case "half_life":
		return c.HalfLife.UnmarshalText([]byte(value))
	case "direct":
		c.Direct = DirectPolicy(value)
	case "middle":
		c.Middle = MiddleScope(value)
	case "missing":
		c.Missing = MissingPolicy(value)
	case "stages":
		c.Stages = strings.Split(value, ",")
	case "transform":
		kind, channels, named := strings.Cut(value, ":")
		tr := Transform{Kind: TransformKind(kind)}
		if named {
			tr.Channels = strings.Split(channels, ",")
		}
		c.Transforms = append(c.Transforms, tr)
	case "shares":
		for _, pair := range strings.Split(value, ",") {
			key, percent, _ := strings.Cut(pair, ":")
			if c.Shares[key], err = ParsePercent(percent); err != nil {
				return err
			}
		}
	default:
		kind, ok := strings.CutPrefix(name, "lookback.")
		if !ok {
			return fmt.Errorf("setting %q", name)
		}
		var span Span
		err = span.UnmarshalText([]byte(value))
		c.LookbackByConversion[kind] = span
	}
	return err
}

func (s *script) expect(f []string) {
	s.t.Helper()
	s.checks++
	if (f[0] == "bad") != (s.err != nil) {
		s.t.Fatalf("%v: compiling said %v", f, s.err)
	}
	if s.err != nil {
		return
	}
	j := s.journey()
	got, held := make(map[string]*big.Rat), make(map[string]string)
	total := new(big.Int)
	shares := s.model.Weigh(&j)
	for _, sh := range shares {
		total.Add(total, new(big.Int).SetUint64(sh.Parts))
	}
	for _, sh := range shares {
		id := j.Touches[sh.Touch].ID
		got[id] = new(big.Rat).SetFrac(new(big.Int).SetUint64(sh.Parts), total)
		held[id] = strings.Join(s.model.PositionNames(sh.Positions), "+")
	}
	switch f[0] {
	case "want":
		s.want(f[1:], got)
	case "near":
		for id, want := range s.pairs(f[1:]) {
			near, _ := strconv.ParseFloat(want, 64)
			if g, ok := got[id]; !ok || math.Abs(near-ratFloat(g)) > 0.00005 {
				s.t.Errorf("%s %s: got %v, want about %v", s.model.config.Rule, id, g, want)
			}
		}
	case "hold":
		for id, want := range s.pairs(f[1:]) {
			if held[id] != want {
				s.t.Errorf("%s: %s holds %q, want %q", s.model.config.Rule, id, held[id], want)
			}
		}
	default:
		s.t.Fatalf("unknown line %v", f)
	}
}

func ratFloat(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

func (s *script) want(f []string, got map[string]*big.Rat) {
	s.t.Helper()
	want := make(map[string]*big.Rat)
	if !slices.Equal(f, []string{"unattributed"}) {
		for id, text := range s.pairs(f) {
			r, ok := new(big.Rat).SetString(text)
			if !ok {
				s.t.Fatalf("fraction %q", text)
			}
			want[id] = r
		}
	}
	ok := len(want) == len(got)
	for id, w := range want {
		ok = ok && got[id] != nil && got[id].Cmp(w) == 0
	}
	if !ok {
		s.t.Errorf("%+v: got %v, want %v", s.model.config, got, want)
	}
}

func (s *script) pairs(f []string) map[string]string {
	m := make(map[string]string)
	for _, p := range f {
		id, value, ok := strings.Cut(p, "=")
		if !ok {
			s.t.Fatalf("%q: want ID=VALUE", p)
		}
		m[id] = value
	}
	return m
}
