package main

import (
	"bufio"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pathLines is how much of the file a usual run replays; with TRIBUTARY_TEST_FULL=1 it is all of it, which takes minutes.
const pathLines = 400

// plain is the credit of a channel computed from the file alone: nano-conversions and micro-units of value, under three models.
type plain map[string]int64

// add gives every touch of a path its share of an amount under each model. What does not divide goes to the earlier touches.
func (p plain) add(measure string, path []string, amount int64) {
	p["first_touch "+measure+" "+path[0]] += amount
	p["last_touch "+measure+" "+path[len(path)-1]] += amount
	n := int64(len(path))
	for i, channel := range path {
		share := amount / n
		if int64(i) < amount%n {
			share++
		}
		p["linear "+measure+" "+channel] += share
	}
}

// computePaths reads the file in the plainest way there is, and shares nothing with the program.
func computePaths(t *testing.T, file string) plain {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sums := plain{}
	lines := bufio.NewScanner(f)
	lines.Scan() // The header.
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ";")
		path := strings.Split(fields[0], " > ")
		conversions, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		value, ok := new(big.Rat).SetString(fields[2])
		if !ok {
			t.Fatalf("value %q", fields[2])
		}
		value.Mul(value, big.NewRat(1_000_000, 1)).Add(value, big.NewRat(1, 2))
		micros := new(big.Int).Quo(value.Num(), value.Denom()).Int64()
		for i := range conversions {
			share := micros / conversions
			if i < micros%conversions {
				share++
			}
			sums.add("conversions", path, 1_000_000_000)
			sums.add("conversion_value", path, share)
		}
	}
	for k, v := range sums {
		if v == 0 {
			delete(sums, k)
		}
	}
	return sums
}

// head copies the first lines of a file.
func head(t *testing.T, file string, lines int) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(string(text), "\n")
	part := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(part, []byte(strings.Join(all[:min(lines, len(all))], "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return part
}

func TestReplay_pathsAgreeWithAPlainComputation(t *testing.T) {
	needEngine(t)
	file := filepath.Join("..", "..", "..", "..", "..", "shared", "data", "channelattribution-paths.csv")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the real data is not beside the project: ../shared/data is missing")
	}
	if os.Getenv("TRIBUTARY_TEST_FULL") == "" {
		file = head(t, file, pathLines+1)
	}
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, dir)
	out, code := command(t, "replay", "--data-dir", dir, file)
	if code != 0 {
		t.Fatalf("replay: exit %d\n%s", code, out)
	}
	t.Log(strings.TrimSpace(out))
	verifyClean(t, dir)
	got := plain{}
	answer := p.sql(t, `SELECT model, measure, channel, sum(amount_minor) FROM credits
		WHERE model IN ('first_touch', 'last_touch', 'linear') GROUP BY model, measure, channel`)
	for line := range strings.Lines(answer) {
		var model, measure, channel string
		var sum int64
		if _, err := fmt.Sscanf(line, "%s\t%s\t%s\t%d", &model, &measure, &channel, &sum); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		got[model+" "+measure+" "+channel] = sum
	}
	if diff := cmp.Diff(got, computePaths(t, file)); diff != "" {
		t.Errorf("credit by model, measure and channel (-got, +want):\n%s", diff)
	}
	p.stop(t)
}
