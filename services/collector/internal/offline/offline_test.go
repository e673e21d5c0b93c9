package offline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/offline"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

func read(t testing.TB, body string, o offline.Options) (offline.Batch, error) {
	t.Helper()
	s, err := tabular.Read([]byte(body), "", tabular.DefaultLimits())
	if err != nil {
		return offline.Batch{}, err
	}
	return offline.Read(s, o)
}

// brief is a batch as lines, without the ids.
func brief(t testing.TB, b offline.Batch) string {
	t.Helper()
	var out strings.Builder
	for _, it := range b.Items {
		if it.Err != nil {
			fmt.Fprintf(&out, "line %d %s %s\n", it.Line, it.Err.Code, it.Err.Field)
			continue
		}
		var r map[string]string
		if err := json.Unmarshal(it.Record, &r); err != nil {
			t.Fatal(err)
		}
		who := r["email"] + r["contact_id"] + r["user_id"] + r["anonymous_id"] + r["account_id"] + r["account_domain"]
		fmt.Fprintf(&out, "%s %s %s/%s/%s/%s/%s/%s\n", who, r["occurred_at"], r["channel"], r["medium"], r["source"], r["campaign"], r["campaign_id"], r["content"])
	}
	return out.String()
}

func TestRead_asExported(t *testing.T) {
	excel, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("Email\tDate\tEvent Name\tType\nann@acme.example\t13/07/2026\tMesse Köln\tTrade Show\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		body    string
		options offline.Options
		want    string
		ignored int
	}{
		"webinar with a title above": {
			body: "Attendee Report\nTopic,Attribution 101\n\nAttended,First Name,Last Name,Email,Join Time,Time Zone\nYes,Ann,A,ann@acme.example,\"Jul 15, 2026 10:02:11 AM\",Europe/Berlin\nNo,Bo,B,bo@acme.example,,Europe/Berlin\n", ignored: 1,
			options: offline.Options{Type: "webinar", Campaign: "Attribution 101"},
			want:    "ann@acme.example 2026-07-15T08:02:11Z Webinar/webinar//Attribution 101//\n",
		},
		"fair, for Excel":  {body: excel, want: "ann@acme.example 2026-07-13T00:00:00Z Event/event//Messe Köln//\n"},
		"date beside time": {body: "contact_id,date,time,type\n003A,2026-07-15,14:30,Call\n", options: offline.Options{Zone: "America/New_York"}, want: "003A 2026-07-15T18:30:00Z Call/call////\n"},
		"calls with outcomes": {
			body: "CRM ID,Activity Date,Activity,Call outcome\n7,2026-07-15T10:00:00Z,Call,Connected\n8,2026-07-15T10:00:00Z,Call,No answer\n9,2026-07-15T10:00:00Z,Call,Left voicemail\n", ignored: 1,
			want: "7 2026-07-15T10:00:00Z Call/call////Connected\n9 2026-07-15T10:00:00Z Call/call////Left voicemail\n",
		},
		"downloads":           {body: "email;downloaded at;asset name;type\nann@acme.example;15.07.2026 09:00;ROI guide;Whitepaper\n", want: "ann@acme.example 2026-07-15T09:00:00Z Content/content//ROI guide//\n"},
		"of accounts":         {body: "company id,website,date,type\n001Z,,2026-07-15,event\n,https://www.acme.example/about,2026-07-15,event\n", want: "001Z 2026-07-15T00:00:00Z Event/event////\nacme.example 2026-07-15T00:00:00Z Event/event////\n"},
		"own channel":         {body: "email,date,channel,source,medium,campaign,campaign id\na@b.example,2026-07-15,Podcast,spotify,audio,Show,9\n", want: "a@b.example 2026-07-15T00:00:00Z Podcast/audio/spotify/Show/9/\n"},
		"a word of one's own": {body: "email,date,type\na@b.example,2026-07-15,Golf\n", want: "a@b.example 2026-07-15T00:00:00Z Golf/golf////\n"},
		"statuses": {
			body: "email,date,type,status\na@b.example,2026-07-15,event,Attended\nb@b.example,2026-07-15,event,no-show\nc@b.example,2026-07-15,event,Declined by host\nd@b.example,2026-07-15,event,Sent\ne@b.example,2026-07-15,event,Registered\nf@b.example,2026-07-15,event,Did not attend\n", ignored: 4,
			want: "a@b.example 2026-07-15T00:00:00Z Event/event////Attended\ne@b.example 2026-07-15T00:00:00Z Event/event////Registered\n",
		},
		"rows that cannot be read": {
			body: "email,date,type\n,2026-07-15,event\na@b.example,soon,event\n\na@b.example,2026-07-15,\na@b.example,2026-02-30,event\n",
			want: "line 2 no_user_anon_id email\nline 3 invalid_value date\nline 5 missing_field type\nline 6 invalid_value date\n",
		},
		"a zone that is none": {body: "email,date,time zone,type\na@b.example,2026-07-15,Mars,event\nb@b.example,2026-07-15,Asia/Tokyo,event\n", want: "line 2 invalid_value time zone\nb@b.example 2026-07-14T15:00:00Z Event/event////\n"},
		"order given":         {body: "email,date,type\na@b.example,03/04/2026,event\n", options: offline.Options{Dates: "dmy"}, want: "a@b.example 2026-04-03T00:00:00Z Event/event////\n"},
		"order by another":    {body: "email,date,type\na@b.example,03/04/2026,event\nb@b.example,03/14/2026,event\n", want: "a@b.example 2026-03-04T00:00:00Z Event/event////\nb@b.example 2026-03-14T00:00:00Z Event/event////\n"},
	} {
		b, err := read(t, v.body, v.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := brief(t, b); got != v.want || b.Ignored != v.ignored {
			t.Errorf("%s: %d ignored of %d\n%s\nwant\n%s", name, b.Ignored, v.ignored, got, v.want)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	for name, v := range map[string]struct {
		body    string
		options offline.Options
		code    string
		field   string
	}{
		"nobody":            {"date,type\n2026-07-15,event\n", offline.Options{}, tabular.CodeNoTable, ""},
		"no time":           {"email,type\na@b.example,event\n", offline.Options{}, event.CodeMissing, "occurred_at"},
		"no rows":           {"email,date\n", offline.Options{}, event.CodeEmpty, ""},
		"which order":       {"email,date\na@b.example,03/04/2026\n", offline.Options{}, event.CodeMissing, "dates"},
		"both orders":       {"email,date\na@b.example,13/04/2026\nb@b.example,04/13/2026\n", offline.Options{}, event.CodeInvalid, "dates"},
		"no such order":     {"email,date\na@b.example,2026-04-13\n", offline.Options{Dates: "ymd"}, event.CodeInvalid, "dates"},
		"no such zone":      {"email,date\na@b.example,2026-04-13\n", offline.Options{Zone: "Mars"}, event.CodeInvalid, "timezone"},
		"the machine's own": {"email,date\na@b.example,2026-04-13\n", offline.Options{Zone: "Local"}, event.CodeInvalid, "timezone"},
	} {
		_, err := read(t, v.body, v.options)
		var e *event.Error
		if !errors.As(err, &e) || e.Code != v.code || e.Field != v.field {
			t.Errorf("%s: %v, want %s of %q", name, err, v.code, v.field)
		}
	}
}

// TestRead_idsAreOfTheContent: a corrected file counts its other rows once, and the same person at two webinars counts twice.
func TestRead_idsAreOfTheContent(t *testing.T) {
	ids := func(body string) (out []string) {
		b, err := read(t, body, offline.Options{Type: "webinar"})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range b.Items {
			var r struct{ ID string }
			if err := json.Unmarshal(it.Record, &r); err != nil {
				t.Fatal(err)
			}
			out = append(out, r.ID)
		}
		return out
	}
	first := ids("email,date,campaign\nann@acme.example,2026-07-15,One\nANN@acme.example,2026-07-15,Two\n")
	again := ids("campaign,email,date\nThree,bo@acme.example,2026-07-15\nOne,Ann@Acme.example,2026-07-15T00:00:00Z\n")
	if first[0] == first[1] || again[1] != first[0] || again[0] == first[0] {
		t.Errorf("%v, then %v", first, again)
	}
	if own := ids("id,email,date\n7,ann@acme.example,2026-07-15\n"); own[0] != "7" {
		t.Errorf("a row's own id became %s", own[0])
	}
}

// FuzzRead holds for any table: no panic, and a record that pkg/event reads, or an error that says why there is none, for every row that is not left out.
func FuzzRead(f *testing.F) {
	for _, body := range []string{
		"email,date,type,status\nann@acme.example,2026-07-15,webinar,Attended\n", "E-mail;Datum;Typ\nann@acme.example;15.07.2026 10:00;Messe\n", "a\nemail,occurred_at\nx,1784109600250\n",
		"contact id,date,time,tz\n1,7/13/2026,9:05 PM,Asia/Tokyo\n", "website,date\nhttps://www.acme.example/x,2026-07-15\n", "email,date,attended\na@b.example,\"Jul 1, 2026\",no\n",
	} {
		f.Add([]byte(body), "webinar", "Europe/Berlin", "")
		f.Add([]byte(body), "", "", "dmy")
	}
	parser := event.NewParser()
	f.Fuzz(func(t *testing.T, body []byte, kind, zone, dates string) {
		s, err := tabular.Read(body, "", tabular.Limits{Rows: 500, Columns: 50, CellBytes: 1000, Bytes: 1 << 16})
		if err != nil {
			return
		}
		b, err := offline.Read(s, offline.Options{Type: kind, Zone: zone, Dates: dates})
		var e *event.Error
		if err != nil {
			if !errors.As(err, &e) || e.Reason == "" {
				t.Fatalf("%v is no error of the contract", err)
			}
			return
		}
		if len(b.Items)+b.Ignored > len(s.Rows) {
			t.Errorf("%d items and %d ignored of %d rows", len(b.Items), b.Ignored, len(s.Rows))
		}
		for _, it := range b.Items {
			if (it.Err == nil) == (it.Record == nil) || it.Line < 2 {
				t.Fatalf("line %d: neither or both of %s and %v", it.Line, it.Record, it.Err)
			}
			if it.Err != nil {
				continue
			}
			err := parser.Parse(&event.Record{}, it.Record, event.TypeTouch, nil)
			if errors.As(err, &e) && e.Code != event.CodeTooLong && e.Code != event.CodeTooLarge && e.Code != event.CodeInvalid || !utf8.Valid(it.Record) {
				t.Fatalf("%s: %v", it.Record, err)
			}
		}
	})
}
