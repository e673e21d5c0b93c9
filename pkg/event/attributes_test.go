package event_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
)

// attributesOf decodes a record in a workspace whose rules use a few names.
func attributesOf(t *testing.T, raw string) string {
	t.Helper()
	var r event.Record
	if err := event.NewParser().Parse(&r, []byte(raw), event.TypeAny, nil); err != nil {
		t.Fatal(err)
	}
	e, err := r.Event(&event.Delivery{ReceivedUS: 1, Workspace: &event.Workspace{
		Name: "w", Currency: "USD", FreeMail: identity.NewFreeMail(), Attributes: event.Attributes{Account: []string{"icp", "tier"}, Property: []string{"country", "plan"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range e.Attributes {
		out = append(out, a.Name+"="+a.Value)
	}
	return strings.Join(out, " ")
}

func TestRecord_Event_attributes(t *testing.T) {
	for raw, want := range map[string]string{
		`{"type":"account","account_id":"a","attributes":{"tier":2,"icp":true,"other":"x"}}`:                                            "icp=true tier=2",
		`{"type":"account","account_id":"a","attributes":{"icp":null,"tier":" "}}`:                                                      "icp= tier=",
		`{"type":"account","account_id":"a","attributes":{"icp":["yes"],"tier":{"a":1}}}`:                                               "",
		`{"type":"group","userId":"u","groupId":"a","traits":{"icp":" Yes "}}`:                                                          "icp=Yes",
		`{"type":"group","userId":"u","groupId":"a","traits":{"\u0069cp":"no"}}`:                                                        "icp=no",
		`{"type":"track","userId":"u","event":"E","properties":{"plan":"free","country":null},"context":{"location":{"country":"DE"}}}`: "country=DE plan=free",
		`{"type":"track","userId":"u","event":"E","properties":{"country":"FR"},"context":{"location":{"country":"DE"}}}`:               "country=FR",
		`{"type":"track","userId":"u","event":"E","traits":{"icp":"yes"}}`:                                                              "",
		`{"type":"identify","userId":"u","traits":{"icp":"yes"}}`:                                                                       "",
	} {
		if got := attributesOf(t, raw); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
	long := attributesOf(t, `{"type":"account","account_id":"a","attributes":{"icp":"`+strings.Repeat("x", 1000)+`"}}`)
	if len(long) > 300 {
		t.Errorf("an attribute of %d bytes", len(long))
	}
}
