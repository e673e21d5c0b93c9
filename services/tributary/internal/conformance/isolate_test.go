package conformance

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestIsolator_record(t *testing.T) {
	free, err := freeMail()
	if err != nil {
		t.Fatal(err)
	}
	i := isolator{prefix: "k1-", freeMail: free}
	for in, want := range map[string]string{
		`{"type":"page","messageId":"p","anonymousId":"v","timestamp":"2025"}`:                                                     `{"anonymousId":"k1-v","messageId":"k1-p","timestamp":"2025","type":"page"}`,
		`{"type":"identify","userId":"undefined","traits":{"email":" Ann@Acme.COM "}}`:                                             `{"traits":{"email":" k1-Ann@k1-Acme.COM "},"type":"identify","userId":"undefined"}`,
		`{"type":"track","userId":"ann@gmail.com","properties":{"email":"a@eu.acme.com","revenue":1.10}}`:                          `{"properties":{"email":"k1-a@eu.k1-acme.com","revenue":1.10},"type":"track","userId":"k1-ann@gmail.com"}`,
		`{"type":"stage","account_domain":"alumni.example","contact_ids":["a"],"contact_emails":["b@acme.com"],"merged_into":"o"}`: `{"account_domain":"alumni.example","contact_emails":["k1-b@k1-acme.com"],"contact_ids":["k1-a"],"merged_into":"k1-o","type":"stage"}`,
		`{"type":"spend","campaign":"x","source":"s"}`:                                                                             `{"campaign":"k1-x","source":"s","type":"spend"}`,
	} {
		got, kind, err := i.record(json.RawMessage(in))
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", in, got, err, want)
		}
		if !strings.Contains(in, `"type":"`+string(kind)+`"`) {
			t.Errorf("%s is of type %s", in, kind)
		}
	}
	if _, _, err := i.record(json.RawMessage(`[]`)); err == nil {
		t.Error("an array is taken for a record")
	}
	if got := i.journey("c:a:b"); got != "c:k1-a:b" {
		t.Errorf("journey %s", got)
	}
}
