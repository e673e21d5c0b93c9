package dates_test

import (
	"testing"
	"time"
	_ "time/tzdata" // The zones of the tests, wherever they run.

	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
)

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ text, order, want string }{
		{"2026-07-15T10:00:00Z", "", "2026-07-15T10:00:00Z"},
		{"2026-07-15T10:00:00.250+0200", "", "2026-07-15T08:00:00.25Z"},
		{"2026-07-15 10:00:00 +0200", "", "2026-07-15T08:00:00Z"},
		{"2026-07-15 10:00", "", "2026-07-15T08:00:00Z"},
		{"2026-01-15 10:00", "", "2026-01-15T09:00:00Z"},
		{"2026-07-15 10:00 UTC", "", "2026-07-15T10:00:00Z"},
		{"2026-07-15", "", "2026-07-14T22:00:00Z"},
		{"15.07.2026 10:00", dates.DayFirst, "2026-07-15T08:00:00Z"},
		{"7/8/2026, 9:05 PM", dates.MonthFirst, "2026-07-08T19:05:00Z"},
		{"7/8/26 9:05:01PM", dates.DayFirst, "2026-08-07T19:05:01Z"},
		{"Jul 15, 2026 09:05:07\u202fAM", "", "2026-07-15T07:05:07Z"},
		{"15 July 2026", "", "2026-07-14T22:00:00Z"},
		{"1784109600", "", "2026-07-15T10:00:00Z"},
		{"1784109600250", "", "2026-07-15T10:00:00.25Z"},
		{"20260715", "", "2026-07-14T22:00:00Z"},
		{"soon", "", ""},
		{"", "", ""},
		{"2026-07-32", "", ""},
		{"31/31/2026", dates.DayFirst, ""},
		{"2026-07-15 25:00", "", ""},
		{"0026-07-15T10:00:00Z", "", ""},
		{"2026-07-15 10:00 tomorrow", "", ""},
	} {
		us, ok := dates.ParseTime(v.text, v.order, berlin)
		got := ""
		if ok {
			got = time.UnixMicro(us).UTC().Format(time.RFC3339Nano)
		}
		if got != v.want {
			t.Errorf("%q: %q, want %q", v.text, got, v.want)
		}
	}
}

func TestOrder(t *testing.T) {
	for text, want := range map[string]string{"13/07/2026": dates.DayFirst, "07/13/2026 10:00": dates.MonthFirst, "01.07.2026": dates.DayFirst, "1/2/2026": "", "2026-07-13": "", "x": ""} {
		if got := dates.Order(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzParseTime looks for texts that make reading panic, or times that cannot be written.
func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2026-07-15 10:00 UTC", "7/8/26 9:05:01PM", "Jul 15, 2026", "1784109600250", "15.07.2026."} {
		f.Add(seed, dates.DayFirst)
	}
	f.Fuzz(func(t *testing.T, text, order string) {
		if us, ok := dates.ParseTime(text, order, time.UTC); ok && (us < 0 || time.UnixMicro(us).UTC().Year() > 9999) {
			t.Errorf("%q is %d", text, us)
		}
	})
}
