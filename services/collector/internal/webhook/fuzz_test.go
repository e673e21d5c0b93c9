package webhook_test

import (
	"errors"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// FuzzDecode holds for any body: no panic, an error of the package or a batch whose items are records that pkg/event can read, or say what is wrong.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		"[" + hs("deal.propertyChange", `"objectId":3,"propertyName":"amount","propertyValue":"1"`) + "]",
		"[" + hs("contact.merge", `"primaryObjectId":1,"mergedObjectIds":[2,"3",{}],"newObjectId":null`) + "]",
		"[" + hs("deal.associationChange", `"associationType":"DEAL_TO_CONTACT","fromObjectId":3,"toObjectId":1`) + "]",
		pd("deal", "change", "x", `"data":{"status":"won","value":-1e400,"person_id":{"value":{}}}`),
		om("Opportunity", "<sf:Id>006A</sf:Id><sf:StageName>a<sf:b>c</sf:b></sf:StageName>", "Lead", "<sf:Id>00Q</sf:Id>"),
		cdc("Opportunity", "CREATE", `"006A"`, `,"nulledFields":["Amount",1]`, `,"CreatedDate":-1`),
	} {
		f.Add([]byte(body))
	}
	parser := event.NewParser()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, p := range webhook.Providers() {
			b, err := (&webhook.Source{Provider: p, Currency: "EUR"}).Decode(body)
			var e *event.Error
			if err != nil && !errors.As(err, &e) && !errors.Is(err, webhook.ErrOrganization) {
				t.Fatalf("%s: %v is no error of the contract", p, err)
			}
			for _, it := range b.Items {
				if (it.Err == nil) == (it.Record == nil) {
					t.Fatalf("%s: %s: neither or both of a record and an error", p, it.Record)
				}
				if it.Err != nil {
					continue
				}
				typ, err := event.PeekType(it.Record)
				if err != nil {
					t.Fatalf("%s: %s: %v", p, it.Record, err)
				}
				// What a CRM sends may be too long or no number; what is written around it is always a record.
				if err := parser.Parse(&event.Record{}, it.Record, typ, nil); errors.As(err, &e) &&
					e.Code != event.CodeTooLong && e.Code != event.CodeTooLarge && e.Code != event.CodeInvalid {
					t.Fatalf("%s: %s: %v", p, it.Record, err)
				}
			}
		}
	})
}
