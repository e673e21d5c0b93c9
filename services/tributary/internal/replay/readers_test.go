package replay

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/money"
)

// readAll drains a source: its items as endpoint and body, and its line errors.
func readAll(t *testing.T, src Source) (items []string, bad []string) {
	t.Helper()
	for {
		item, err := src.Next()
		var line *LineError
		switch {
		case errors.Is(err, io.EOF):
			return items, bad
		case errors.As(err, &line):
			bad = append(bad, line.Error())
		case err != nil:
			t.Fatal(err)
		default:
			items = append(items, string(item.Endpoint)+" "+string(item.Body))
		}
	}
}

func open(t *testing.T, text string) Source {
	t.Helper()
	src, err := Open("test", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestOpen_shapes(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		items, bad []string
	}{
		{"empty", "", nil, nil},
		{
			"ndjson with blank, malformed and unknown lines",
			"{\"type\":\"page\",\"anonymousId\":\"a\"}\n\n{\"type\":\"touch\"}\r\n{oops\n{\"type\":\"goal\"}\n{\"type\":\"spend\"}",
			[]string{`/v1/batch {"type":"page","anonymousId":"a"}`, `/v1/touches {"type":"touch"}`, `/v1/spend {"type":"spend"}`},
			[]string{
				"line 4: malformed_json: invalid character 'o' looking for beginning of object key string",
				`line 5: unknown_type: type "goal" is neither a Segment call nor touch, stage, contact or spend`,
			},
		},
		{
			"leads, one without origin, one without a day",
			"mql_id,first_contact_date,landing_page_id,origin\nm1,2018-02-01,p1,paid search\nm2,2018-02-02,p2,\nm3,soon,p3,x\n",
			[]string{
				`/v1/stages {"type":"contact","id":"olist-lead-m1","occurred_at":"2018-02-01T00:00:00Z","contact_id":"m1","lead_created_at":"2018-02-01T00:00:00Z"}`,
				`/v1/touches {"type":"touch","id":"olist-touch-m1","occurred_at":"2018-02-01T00:00:00Z","contact_id":"m1","content":"p1","channel":"paid search"}`,
				`/v1/stages {"type":"contact","id":"olist-lead-m2","occurred_at":"2018-02-02T00:00:00Z","contact_id":"m2","lead_created_at":"2018-02-02T00:00:00Z"}`,
				`/v1/touches {"type":"touch","id":"olist-touch-m2","occurred_at":"2018-02-02T00:00:00Z","contact_id":"m2","content":"p2","channel":"(not set)"}`,
			},
			[]string{`line 4: wrong_type: first_contact_date "soon" is not a day`},
		},
		{
			"deals, with a byte order mark and windows line ends",
			"\ufeffmql_id,seller_id,sdr_id,won_date,declared_monthly_revenue\r\nm1,s1,x,2018-02-26 19:58:54,1250.5\r\n",
			[]string{
				`/v1/stages {"type":"contact","id":"olist-seller-m1","occurred_at":"2018-02-26T19:58:54Z","contact_id":"m1","account_id":"s1"}`,
				`/v1/stages {"type":"stage","id":"olist-deal-m1","occurred_at":"2018-02-26T19:58:54Z","opportunity_id":"m1","account_id":"s1","contact_ids":["m1"],"stage":"Closed Won","amount":"1250.50","currency":"BRL","is_won":true,"is_closed":true,"source_system":"olist"}`,
			},
			nil,
		},
		{
			"spend, a malformed row goes by itself",
			"day,platform,campaign,spend,clicks\n2026-01-02,google,brand,12.50,7\n2026-01-03,google\n2026-01-04,google,brand,-1,0\n",
			[]string{`/v1/spend {"type":"spend","day":"2026-01-02","platform":"google","campaign":"brand","spend":"12.50","impressions":0,"clicks":7}`},
			[]string{"line 3: malformed_csv: wrong number of fields", `line 4: wrong_type: spend "-1" is not an amount`},
		},
		{
			"paths: value split by largest remainder over the conversions, nulls without one",
			"path;total_conversions;total_conversion_value;total_null\na > b;2;0.000003;1\n",
			[]string{
				`/v1/touches {"type":"touch","id":"path-2-0-0","occurred_at":"2024-03-03T00:00:00Z","anonymous_id":"path-2-0","channel":"a"}`,
				`/v1/touches {"type":"touch","id":"path-2-0-1","occurred_at":"2024-03-03T01:00:00Z","anonymous_id":"path-2-0","channel":"b"}`,
				`/v1/batch {"type":"track","messageId":"path-2-0-order","timestamp":"2024-03-03T02:00:00Z","anonymousId":"path-2-0","event":"Order Completed","properties":{"currency":"XTS","revenue":0.000002}}`,
				`/v1/touches {"type":"touch","id":"path-2-1-0","occurred_at":"2024-03-04T00:00:00Z","anonymous_id":"path-2-1","channel":"a"}`,
				`/v1/touches {"type":"touch","id":"path-2-1-1","occurred_at":"2024-03-04T01:00:00Z","anonymous_id":"path-2-1","channel":"b"}`,
				`/v1/batch {"type":"track","messageId":"path-2-1-order","timestamp":"2024-03-04T02:00:00Z","anonymousId":"path-2-1","event":"Order Completed","properties":{"currency":"XTS","revenue":0.000001}}`,
				`/v1/touches {"type":"touch","id":"path-2-2-0","occurred_at":"2024-03-05T00:00:00Z","anonymous_id":"path-2-2","channel":"a"}`,
				`/v1/touches {"type":"touch","id":"path-2-2-1","occurred_at":"2024-03-05T01:00:00Z","anonymous_id":"path-2-2","channel":"b"}`,
			},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			items, bad := readAll(t, open(t, tc.text))
			if diff := cmp.Diff(items, tc.items); diff != "" {
				t.Errorf("items (-got, +want):\n%s", diff)
			}
			if diff := cmp.Diff(bad, tc.bad); diff != "" {
				t.Errorf("line errors (-got, +want):\n%s", diff)
			}
		})
	}
}

func TestOpen_unknownShapeNamesTheKnownOnes(t *testing.T) {
	_, err := Open("x.csv", strings.NewReader("first,last\nAda,Lovelace\n"))
	if err == nil || !strings.Contains(err.Error(), "mql_id,first_contact_date") {
		t.Fatalf("got %v", err)
	}
}

func TestNDJSON_lineOverTheLimitIsSkippedWhole(t *testing.T) {
	long := `{"type":"page","x":"` + strings.Repeat("y", lineBytesMax) + `"}`
	items, bad := readAll(t, open(t, `{"type":"page"}`+"\n"+long+"\n"+`{"type":"track"}`+"\n"))
	if len(items) != 2 || len(bad) != 1 || !strings.HasPrefix(bad[0], "line 2: too_large") {
		t.Fatalf("items %v, bad %v", items, bad)
	}
}

// TestRealFiles_counts reads the real files and compares what they hold with what is known of them.
func TestRealFiles_counts(t *testing.T) {
	type totals struct {
		Touches, Contacts, Stages, Tracks int
		Amount, Value                     int64
		Visitors                          int
	}
	for file, want := range map[string]totals{
		"olist-qualified-leads.csv":    {Touches: 8000, Contacts: 8000},
		"olist-closed-deals.csv":       {Contacts: 842, Stages: 842, Amount: 6_178_400_600},
		"channelattribution-paths.csv": {Touches: 378_209, Tracks: 19_785, Value: 74_802_971_584, Visitors: 88_387},
	} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("..", "..", "..", "..", "..", "shared", "data", file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("the real data is not beside the project: ../shared/data is missing")
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			src, err := Open(file, f)
			if err != nil {
				t.Fatal(err)
			}
			var got totals
			visitors := map[string]bool{}
			ids := map[string]bool{}
			for {
				item, err := src.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				var record struct {
					Type, ID, MessageID, Amount string
					AnonymousID                 string `json:"anonymous_id"`
					Properties                  struct{ Revenue json.Number }
				}
				if err := json.Unmarshal(item.Body, &record); err != nil {
					t.Fatal(err)
				}
				if id := record.ID + record.MessageID; ids[id] {
					t.Fatalf("id %s comes twice", id)
				} else {
					ids[id] = true
				}
				switch record.Type {
				case "touch":
					got.Touches++
					if record.AnonymousID != "" {
						visitors[record.AnonymousID] = true
					}
				case "contact":
					got.Contacts++
				case "stage":
					got.Stages++
					cents, _, _ := money.ParseDecimal(record.Amount, "BRL")
					got.Amount += cents
				case "track":
					got.Tracks++
					micros, _, _ := money.ParseDecimal(record.Properties.Revenue.String(), "XTS")
					got.Value += micros
				}
			}
			got.Visitors = len(visitors)
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("(-got, +want):\n%s", diff)
			}
		})
	}
}
