package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// Tables of Salesforce that a file may hold, as exports by the API and Data Loader name them, or as reports do.
const (
	tableHistory      = "OpportunityHistory"
	tableFieldHistory = "OpportunityFieldHistory"
)

// csvTable is a file of one of Salesforce's objects.
type csvTable struct {
	sheet  *tabular.Sheet
	row    int
	entity string
	fields []string
	order  string
	// decimal is the decimal sign of amounts.
	decimal rune
	zone    *time.Location
}

// fieldNames are fields by their names in files without case, spaces and signs: "Opportunity ID", "OpportunityId" and "opportunity_id" are one.
func fieldNames() map[string]string {
	out := map[string]string{
		"stage": "StageName", "tostage": "StageName", "lastmodified": "CreatedDate", "amountcurrency": "CurrencyIsoCode", "opportunitycurrency": "CurrencyIsoCode", "currency": "CurrencyIsoCode",
		"opportunityaccountid": "AccountId", "fieldevent": "Field", "editdate": "CreatedDate", "responded": "HasResponded", "firstresponded": "FirstRespondedDate", "memberstatus": "Status",
		"campaignname": "Campaign.Name", "campaigntype": "Campaign.Type", "won": "IsWon", "closed": "IsClosed", "memberid": "Id", "campaignmemberid": "Id",
		"toamount": "Amount", "probability(%)": "Probability",
	}
	for _, f := range []string{
		"Id", "OpportunityId", "StageName", "Amount", "CurrencyIsoCode", "CreatedDate", "LastModifiedDate", "IsDeleted", "AccountId", "IsWon", "IsClosed", "Field", "OldValue", "NewValue", "CampaignId",
		"ContactId", "LeadId", "Status", "FirstRespondedDate", "HasResponded", "Email", "ConvertedContactId", "ConvertedAccountId", "ConvertedOpportunityId", "IsConverted", "MasterRecordId", "SystemModstamp", "Website", "Probability",
	} {
		out[strings.ToLower(f)] = f
	}
	return out
}

// findTable recognizes a file by its header; nil when it is none of Salesforce's.
func findTable(s *tabular.Sheet) *csvTable {
	known := fieldNames()
	for i, row := range s.Rows[:min(len(s.Rows), 20)] {
		t, has := &csvTable{sheet: s, row: i, zone: time.UTC}, map[string]bool{}
		for _, cell := range row.Cells {
			f := known[strings.ToLower(strings.Map(func(r rune) rune {
				if strings.ContainsRune(" ._-/:\"", r) {
					return -1
				}
				return r
			}, cell))]
			if has[f] { // "Stage" beside "To Stage": the first counts
				f = ""
			}
			t.fields, has[f] = append(t.fields, f), true
		}
		switch {
		case has["OpportunityId"] && has["Field"] && has["NewValue"] && has["CreatedDate"]:
			t.entity = tableFieldHistory
		case has["OpportunityId"] && has["ContactId"]:
			t.entity = "OpportunityContactRole"
		case has["OpportunityId"] && has["StageName"] && has["CreatedDate"]:
			t.entity = tableHistory
		case has["CampaignId"] && (has["ContactId"] || has["LeadId"]):
			t.entity = "CampaignMember"
		case has["Id"] && has["StageName"]:
			t.entity = "Opportunity"
		case has["Id"] && has["Email"] && (has["ConvertedContactId"] || has["IsConverted"]):
			t.entity = "Lead"
		case has["Id"] && has["Email"] && has["AccountId"]:
			t.entity = "Contact"
		case has["Id"] && !has["Email"] && !has["AccountId"] && (has["Website"] || has["MasterRecordId"]):
			t.entity = "Account"
		default:
			continue
		}
		return t
	}
	return nil
}

// IsSalesforceTable tells whether a file is an export of Opportunity, OpportunityHistory, OpportunityFieldHistory, OpportunityContactRole, CampaignMember, Contact, Lead or Account.
func IsSalesforceTable(s *tabular.Sheet) bool { return findTable(s) != nil }

// FileOptions are what a sender says beside a file.
type FileOptions struct {
	// Zone is the time zone of times that name none, as in reports. Empty: UTC.
	Zone string
	// Dates is "dmy" or "mdy", Decimal "." or ","; empty: as the file's own dates and amounts tell.
	Dates, Decimal string
}

// DecodeTable translates an export, row by row. The history of an opportunity becomes its stages as they were, for deals from before there was a webhook. The error is an *event.Error about the file.
func (s *Source) DecodeTable(sheet *tabular.Sheet, o FileOptions) (Batch, error) {
	t := findTable(sheet)
	if t == nil {
		return Batch{}, &event.Error{Code: tabular.CodeNoTable, Reason: "the header is of no known export of Salesforce: OpportunityId, StageName, CreatedDate ..."}
	}
	var err error
	if t.zone, err = time.LoadLocation(o.Zone); err != nil || strings.EqualFold(o.Zone, "local") {
		return Batch{}, &event.Error{Field: "timezone", Code: event.CodeInvalid, Reason: "is not a time zone: Europe/Berlin"}
	}
	if bad := t.conventions(o.Dates); bad != nil {
		return Batch{}, bad
	}
	if bad := t.decimals(o.Decimal); bad != nil {
		return Batch{}, bad
	}
	if t.entity == "Account" {
		s.nameAttributes(t)
	}
	b := &batch{source: s}
	for i := t.row + 1; i < len(sheet.Rows); i++ {
		row := &sheet.Rows[i]
		b.line = row.Line
		switch {
		case row.Err != nil:
			b.refuse(row.Raw, row.Err.Field, row.Err.Code, row.Err.Reason)
		case row.IsBlank():
			b.Ignored++
		default:
			b.tableRow(t, row)
		}
	}
	if len(b.Items)+b.Ignored == 0 {
		return Batch{}, &event.Error{Code: event.CodeEmpty, Reason: "the file has a header and no rows"}
	}
	return b.Batch, nil
}

// conventions finds out whether dates have the day or the month first.
func (t *csvTable) conventions(given string) *event.Error {
	seen, numbered := map[string]bool{}, false
	for i := t.row + 1; i < len(t.sheet.Rows); i++ {
		for j, cell := range t.sheet.Rows[i].Cells {
			if j < len(t.fields) && strings.HasSuffix(t.fields[j], "Date") {
				seen[dates.Order(cell)], numbered = true, numbered || dates.IsNumbered(cell)
			}
		}
	}
	switch {
	case given == "dmy" || given == "" && seen[dates.DayFirst] && !seen[dates.MonthFirst]:
		t.order = dates.DayFirst
	case given == "mdy" || given == "" && (seen[dates.MonthFirst] && !seen[dates.DayFirst] || !numbered):
		t.order = dates.MonthFirst
	default:
		return &event.Error{Field: "dates", Code: event.CodeInvalid, Reason: "it has to be said whether dates have the day or the month first, as in ?dates=mdy"}
	}
	return nil
}

// decimals finds out which sign amounts have before their decimals: the API and Data Loader write a point and no thousands, reports as the user's locale does.
func (t *csvTable) decimals(given string) *event.Error {
	seen, doubts := map[rune]bool{}, map[rune]string{}
	for i := t.row + 1; i < len(t.sheet.Rows); i++ {
		for _, f := range []string{"Amount", "NewValue"} {
			text := t.field(&t.sheet.Rows[i], f)
			if f == "NewValue" && !strings.EqualFold(t.field(&t.sheet.Rows[i], "Field"), "amount") {
				continue
			}
			sign, doubt := numbers.Evidence(text, false)
			seen[sign] = true
			if doubt != 0 {
				doubts[doubt] = text
			}
		}
	}
	t.decimal = '.'
	switch {
	case given != "" && given != "." && given != ",":
		return &event.Error{Field: "decimal", Code: event.CodeInvalid, Reason: "must be . or ,"}
	case given != "":
		t.decimal = rune(given[0])
		return nil
	case seen['.'] && seen[',']:
		return &event.Error{Field: "decimal", Code: event.CodeInvalid, Reason: "some amounts have a decimal comma, others a decimal point: say which, as in ?decimal=."}
	case seen[','] || !seen['.'] && t.sheet.Comma == ';':
		t.decimal = ','
	}
	if text := doubts[t.decimal]; text != "" && !seen[t.decimal] {
		return &event.Error{Field: "decimal", Code: event.CodeInvalid, Reason: "nothing in the file tells whether amounts such as " + text + " have thousands or three decimals: say which sign is the decimal one, as in ?decimal=."}
	}
	return nil
}

// field is a row's cell of a field, empty when the table has none.
func (t *csvTable) field(row *tabular.Row, name string) string {
	if j := slices.Index(t.fields, name); j >= 0 && j < len(row.Cells) {
		return row.Cells[j]
	}
	return ""
}

// tableRow translates one row.
func (b *batch) tableRow(t *csvTable, row *tabular.Row) {
	o := &sfObject{raw: row.Raw, entity: t.entity, fields: map[string]string{}, cleared: map[string]bool{}}
	for j, cell := range row.Cells {
		if j >= len(t.fields) || t.fields[j] == "" {
			continue
		}
		f := t.fields[j]
		switch {
		case cell == "":
			continue
		case strings.HasSuffix(f, "Date") || f == "SystemModstamp":
			us, ok := dates.ParseTime(cell, t.order, t.zone)
			if !ok {
				b.refuse(row.Raw, f, event.CodeInvalid, "is not a time")
				return
			}
			cell = time.UnixMicro(us).UTC().Format(time.RFC3339Nano)
		case strings.HasPrefix(f, "Is") || f == "HasResponded":
			cell = truth(cell)
		case f == "Amount" || f == "NewValue" && strings.EqualFold(t.field(row, "Field"), "amount"):
			var ok bool
			if cell, ok = t.amount(cell); !ok {
				b.refuse(row.Raw, f, event.CodeInvalid, "is not an amount of at least 0 with decimal "+string(t.decimal))
				return
			}
		}
		o.fields[f] = cell
	}
	o.id = o.fields["Id"]
	o.occurredAt = first(o.fields["LastModifiedDate"], o.fields["SystemModstamp"], o.fields["CreatedDate"])
	o.event = "file:" + t.entity + ":" + first(o.id, rowID(row.Raw)) + ":" + o.occurredAt
	switch t.entity {
	case tableHistory:
		b.history(o)
	case tableFieldHistory:
		b.fieldHistory(o)
	default:
		if o.id == "" {
			o.id = rowID(row.Raw)
		}
		b.salesforce(o)
	}
}

// amount is an amount as records have it.
func (t *csvTable) amount(text string) (string, bool) {
	if numbers.IsNothing(text) {
		return "", true
	}
	sign := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok { // a credit note
		sign, text = "-", rest
	}
	n, ok := numbers.Millionths(text, t.decimal)
	return sign + numbers.Decimal(n), ok
}

// rowID stands for the id of a row that has none: reports leave it out.
func rowID(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

func truth(cell string) string {
	switch strings.ToLower(cell) {
	case "true", "1", "yes":
		return "true"
	}
	return "false"
}

// history is a row of OpportunityHistory: how the opportunity was from then on.
func (b *batch) history(o *sfObject) {
	if o.fields["OpportunityId"] == "" || o.fields["CreatedDate"] == "" {
		b.refuse(o.raw, "OpportunityId", event.CodeMissing, "OpportunityId and CreatedDate are needed")
		return
	}
	if o.fields["IsDeleted"] == "true" {
		b.Ignored++
		return
	}
	r := record{Type: event.TypeStage, ID: o.event, OccurredAt: o.fields["CreatedDate"], OpportunityID: o.fields["OpportunityId"], AccountID: o.fields["AccountId"], Stage: o.fields["StageName"]}
	if r.Amount = o.fields["Amount"]; r.Amount != "" {
		r.Currency = o.fields["CurrencyIsoCode"]
	}
	r.Probability = percent(o.fields["Probability"])
	b.add(o.raw, r)
}

// fieldHistory is a row of OpportunityFieldHistory: one field's change.
func (b *batch) fieldHistory(o *sfObject) {
	if o.fields["OpportunityId"] == "" || o.fields["CreatedDate"] == "" {
		b.refuse(o.raw, "OpportunityId", event.CodeMissing, "OpportunityId and CreatedDate are needed")
		return
	}
	r := record{Type: event.TypeStage, ID: o.event + ":" + o.fields["Field"], OccurredAt: o.fields["CreatedDate"], OpportunityID: o.fields["OpportunityId"]}
	value := o.fields["NewValue"]
	switch strings.ToLower(strings.ReplaceAll(o.fields["Field"], " ", "")) {
	case "stagename", "stage":
		r.Stage = value
	case "amount":
		if r.Amount = value; r.Amount == "" {
			r.Amount = "0"
		}
		r.Currency = o.fields["CurrencyIsoCode"]
	case "probability", "probability(%)":
		r.Probability = percent(value)
	case "accountid", "account":
		// A look-up's change is told twice, by id and by name.
		if isSalesforceID(value) && strings.HasPrefix(value, "001") {
			r.AccountID = value
		}
	case "created", "opportunitycreatedfromlead":
		r.CreatedAt = r.OccurredAt
	}
	if r.saysNothing() {
		b.Ignored++
		return
	}
	b.add(o.raw, r)
}

// isSalesforceID tells whether a text has the form of a record's id.
func isSalesforceID(text string) bool {
	return (len(text) == 15 || len(text) == 18) && strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
