package webhook_test

import (
	"errors"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

func sheetOf(t testing.TB, body string) *tabular.Sheet {
	t.Helper()
	s, err := tabular.Read([]byte(body), "", tabular.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSalesforce_tables(t *testing.T) {
	const sf = `"source_system":"salesforce"`
	for name, v := range map[string]struct {
		body    string
		options webhook.FileOptions
		want    []string
	}{
		"history by the API": {
			body: "Id,OpportunityId,StageName,Amount,PrevAmount,CloseDate,Probability,CreatedDate,IsDeleted\n008A,006A,Prospecting,1000.00,,2026-09-30,10,2026-05-01T10:00:00.000Z,false\n008B,006A,Closed Won,,1000.00,2026-09-30,100,2026-06-01T10:00:00.000+0000,false\n",
			want: []string{
				`{"type":"stage","id":"salesforce:file:OpportunityHistory:008A:2026-05-01T10:00:00Z","occurred_at":"2026-05-01T10:00:00Z","opportunity_id":"006A","stage":"Prospecting","amount":"1000","currency":"EUR","probability":"0.1",` + sf + `}`,
				`{"type":"stage","id":"salesforce:file:OpportunityHistory:008B:2026-06-01T10:00:00Z","occurred_at":"2026-06-01T10:00:00Z","opportunity_id":"006A","stage":"Closed Won","probability":"1",` + sf + `}`,
			},
		},
		"history as a report": {
			body:    "Opportunity ID,To Stage,Stage,Amount Currency,Amount,Last Modified\n006A,Prospecting,Closed Won,USD,\"1,000.00\",6/13/2026 9:05 AM\n",
			options: webhook.FileOptions{Zone: "America/New_York"},
			want: []string{
				`{"type":"stage","id":"salesforce:file:OpportunityHistory:7cd9bffb5faadf5c:2026-06-13T13:05:00Z","occurred_at":"2026-06-13T13:05:00Z","opportunity_id":"006A","stage":"Prospecting","amount":"1000","currency":"USD",` + sf + `}`,
			},
		},
		"a report in German": {
			body: "Opportunity ID;Stage;Amount;Created Date\n006A;Prospecting;1.000,50;13.06.2026\n006B;Prospecting;2.000;14.06.2026\n",
			want: []string{
				`{"type":"stage","id":"salesforce:file:OpportunityHistory:6c6acbca54f6b72a:2026-06-13T00:00:00Z","occurred_at":"2026-06-13T00:00:00Z","opportunity_id":"006A","stage":"Prospecting","amount":"1000.5","currency":"EUR",` + sf + `}`,
				`{"type":"stage","id":"salesforce:file:OpportunityHistory:e3ab79704713c1e4:2026-06-14T00:00:00Z","occurred_at":"2026-06-14T00:00:00Z","opportunity_id":"006B","stage":"Prospecting","amount":"2000","currency":"EUR",` + sf + `}`,
			},
		},
		"opportunities": {
			body: "Id,AccountId,StageName,Amount,CurrencyIsoCode,IsWon,IsClosed,CreatedDate,LastModifiedDate\n006A,001Z,Closed Won,12.5,GBP,true,true,2026-05-01T10:00:00Z,2026-06-01T10:00:00Z\n",
			want: []string{
				`{"type":"stage","id":"salesforce:file:Opportunity:006A:2026-06-01T10:00:00Z","occurred_at":"2026-06-01T10:00:00Z","opportunity_id":"006A","account_id":"001Z","stage":"Closed Won","amount":"12.5","currency":"GBP","is_won":true,"is_closed":true,"created_at":"2026-05-01T10:00:00Z",` + sf + `}`,
			},
		},
		"roles": {
			body: "Id,OpportunityId,ContactId,Role,IsPrimary,CreatedDate\n00K1,006A,003C,Decision Maker,true,2026-05-01T10:00:00Z\n",
			want: []string{`{"type":"stage","id":"salesforce:file:OpportunityContactRole:00K1:2026-05-01T10:00:00Z","occurred_at":"2026-05-01T10:00:00Z","opportunity_id":"006A","add_contact_ids":["003C"],` + sf + `}`},
		},
		"contacts": {
			body: "Id,Email,AccountId,LastModifiedDate\n003C,ann@acme.example,001Z,2026-05-01T10:00:00Z\n",
			want: []string{`{"type":"contact","id":"salesforce:file:Contact:003C:2026-05-01T10:00:00Z","occurred_at":"2026-05-01T10:00:00Z","contact_id":"003C","account_id":"001Z","email":"ann@acme.example"}`},
		},
		"leads": {
			body: "Id,Email,IsConverted,ConvertedContactId,ConvertedAccountId,ConvertedOpportunityId,CreatedDate\n00Q1,ann@acme.example,true,003C,001Z,006A,2026-05-01T10:00:00Z\n",
			want: []string{
				`{"type":"contact","id":"salesforce:file:Lead:00Q1:2026-05-01T10:00:00Z","occurred_at":"2026-05-01T10:00:00Z","contact_id":"00Q1","account_id":"001Z","email":"ann@acme.example","lead_created_at":"2026-05-01T10:00:00Z","merged_into":"003C"}`,
				`{"type":"stage","id":"salesforce:file:Lead:00Q1:2026-05-01T10:00:00Z:converted","occurred_at":"2026-05-01T10:00:00Z","opportunity_id":"006A","account_id":"001Z","add_contact_ids":["003C"],` + sf + `}`,
			},
		},
		"rows that cannot be read": {
			body: "Id,OpportunityId,StageName,Amount,CreatedDate\n1,006A,x,1,soon\n2,,x,1,2026-05-01\n3,006A,x,1,\n4,006A,x,ten,2026-05-01\n5,006A,x,1.5K,2026-05-01\n",
			want: []string{"error invalid_value CreatedDate", "error missing_field OpportunityId", "error missing_field OpportunityId", "error invalid_value Amount", "error invalid_value Amount"},
		},
	} {
		b, err := (&webhook.Source{Provider: webhook.Salesforce, Currency: "EUR"}).DecodeTable(sheetOf(t, v.body), v.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, name, b, v.want)
	}
}

func TestSalesforce_tablesRefused(t *testing.T) {
	const head = "Id,OpportunityId,StageName,Amount,CreatedDate\n"
	for name, v := range map[string]struct {
		body    string
		options webhook.FileOptions
		code    string
		field   string
	}{
		"other header":       {"a,b\n1,2\n", webhook.FileOptions{}, tabular.CodeNoTable, ""},
		"no rows":            {head, webhook.FileOptions{}, event.CodeEmpty, ""},
		"no such zone":       {head + "1,006A,x,1,2026-05-01\n", webhook.FileOptions{Zone: "Mars"}, event.CodeInvalid, "timezone"},
		"which order":        {head + "1,006A,x,1,03/04/2026\n", webhook.FileOptions{}, event.CodeInvalid, "dates"},
		"two decimal signs":  {head + "1,006A,x,\"1,5\",2026-05-01\n2,006A,x,1.5,2026-05-01\n", webhook.FileOptions{}, event.CodeInvalid, "decimal"},
		"no such sign":       {head + "1,006A,x,1,2026-05-01\n", webhook.FileOptions{Decimal: "x"}, event.CodeInvalid, "decimal"},
		"thousand or one":    {head + "1,006A,x,1.000,2026-05-01\n", webhook.FileOptions{}, event.CodeInvalid, "decimal"},
		"thousand or one, ;": {"Id;OpportunityId;StageName;Amount;CreatedDate\n1;006A;x;1,000;2026-05-01\n", webhook.FileOptions{}, event.CodeInvalid, "decimal"},
	} {
		_, err := (&webhook.Source{Provider: webhook.Salesforce}).DecodeTable(sheetOf(t, v.body), v.options)
		var e *event.Error
		if !errors.As(err, &e) || e.Code != v.code || e.Field != v.field {
			t.Errorf("%s: %v, want %s of %q", name, err, v.code, v.field)
		}
	}
}

// FuzzDecodeTable holds for any table: no panic, and a record that pkg/event reads, or an error that says why there is none, for every row that is not left out.
func FuzzDecodeTable(f *testing.F) {
	for _, body := range []string{
		"Id,OpportunityId,StageName,Amount,CreatedDate,Probability\n008A,006A,Prospecting,1000.00,2026-05-01T10:00:00.000Z,10\n", "OpportunityId,Field,OldValue,NewValue,CreatedDate\n006B,StageName,a,b,2026-05-02\n",
		"Id;StageName;Amount;Created Date\n006A;x;1.000,50;13.06.2026\n", "Id,CampaignId,LeadId,Status,FirstRespondedDate\n00vA,701A,00Q1,Attended,2026-05-03\n", "Id,MasterRecordId,SystemModstamp\n001A,001B,2026-05-03\n",
		"Id,Email,IsConverted,ConvertedContactId\n00Q1,a@b.example,1,003C\n", "Id,Email,AccountId\n003C,x,001Z\n", "OpportunityId,ContactId\n006A,003C\n",
	} {
		f.Add([]byte(body), "", "")
		f.Add([]byte(body), "dmy", ",")
	}
	parser := event.NewParser()
	f.Fuzz(func(t *testing.T, body []byte, dates, decimal string) {
		s, err := tabular.Read(body, "", tabular.Limits{Rows: 500, Columns: 50, CellBytes: 1000, Bytes: 1 << 16})
		if err != nil {
			return
		}
		b, err := (&webhook.Source{Provider: webhook.Salesforce, Currency: "EUR"}).DecodeTable(s, webhook.FileOptions{Dates: dates, Decimal: decimal})
		var e *event.Error
		if err != nil {
			if !errors.As(err, &e) || e.Reason == "" {
				t.Fatalf("%v is no error of the contract", err)
			}
			return
		}
		checkItems(t, parser, b)
	})
}

// checkItems holds for what any input becomes.
func checkItems(t *testing.T, parser *event.Parser, b webhook.Batch) {
	t.Helper()
	var e *event.Error
	for _, it := range b.Items {
		if (it.Err == nil) == (it.Record == nil) {
			t.Fatalf("neither or both of %s and %v", it.Record, it.Err)
		}
		if it.Err != nil {
			continue
		}
		typ, err := event.PeekType(it.Record)
		if err != nil {
			t.Fatalf("%s: %v", it.Record, err)
		}
		// What is there may be too long or no number; what is written around it is always a record.
		if err := parser.Parse(&event.Record{}, it.Record, typ, nil); errors.As(err, &e) &&
			e.Code != event.CodeTooLong && e.Code != event.CodeTooLarge && e.Code != event.CodeInvalid {
			t.Fatalf("%s: %v", it.Record, err)
		}
	}
}

// FuzzOutboundMessage holds for any SOAP notification: no panic, an Ack with every batch, and records that pkg/event reads.
func FuzzOutboundMessage(f *testing.F) {
	f.Add("Opportunity", `<sf:Id>006A</sf:Id><sf:StageName>Closed Won</sf:StageName><sf:Amount xsi:nil="true"/>`)
	f.Add("Lead", `<sf:Id>00Q1</sf:Id><sf:ConvertedContactId>003C</sf:ConvertedContactId><sf:ConvertedOpportunityId>006A</sf:ConvertedOpportunityId>`)
	f.Add("Account", `<sf:Id>001Z</sf:Id><sf:MasterRecordId>001Y</sf:MasterRecordId><sf:Website>acme.example</sf:Website>`)
	f.Add("CampaignMember", `<sf:Id>00v1</sf:Id><sf:CampaignId>701A</sf:CampaignId><sf:ContactId>003C</sf:ContactId><sf:HasResponded>true</sf:HasResponded>`)
	f.Add("OpportunityContactRole", `<!-- x --><sf:Id><![CDATA[00K1]]></sf:Id><sf:OpportunityId>&#48;06A</sf:OpportunityId><sf:ContactId/>`)
	f.Add("x", `</sObject></Notification><Notification><sObject>`)
	parser := event.NewParser()
	f.Fuzz(func(t *testing.T, entity, fields string) {
		b, err := (&webhook.Source{Provider: webhook.Salesforce, Currency: "EUR"}).Decode([]byte(om(entity, fields)))
		var e *event.Error
		if err != nil {
			if !errors.As(err, &e) && !errors.Is(err, webhook.ErrOrganization) || b.Ack != "" {
				t.Fatalf("%v beside %q", err, b.Ack)
			}
			return
		}
		if b.Ack == "" {
			t.Fatal("a message that was read is not acknowledged")
		}
		checkItems(t, parser, b)
	})
}
