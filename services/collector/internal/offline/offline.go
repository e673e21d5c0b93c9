// Package offline turns tables of offline touches into touch records: attendees of webinars and events, downloads of content, calls, members of campaigns. A row says who (by e-mail,
// contact, user, visitor or account), when, and what; columns are known by many names. It is pure.
package offline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	_ "time/tzdata" // Time zones by name, whatever the machine has.

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// Options are what the sender says beside the file.
type Options struct {
	// Type is what all rows are when no column says: webinar, event, download, call.
	Type string
	// Campaign, Source, Medium and Channel hold where the file has none.
	Campaign, Source, Medium, Channel string
	// Zone is the time zone of times that name none. Empty: UTC. A column may say otherwise row by row.
	Zone string
	// Dates is "dmy" or "mdy"; empty: as the file's own dates tell.
	Dates string
}

// Item is a touch record, or a row that is none.
type Item struct {
	// Record is canonical JSON; nil when Err says why there is none.
	Record   []byte
	Err      *event.Error
	Line     int
	Original []byte
}

// Batch is what a file says.
type Batch struct {
	Items []Item
	// Ignored is how many rows are of people who took no part, or blank.
	Ignored int
}

type column int

const (
	colID column = iota
	colEmail
	colContact
	colUser
	colVisitor
	colAccount
	colDomain
	colAt
	colTime
	colZone
	colType
	colStatus
	colAttended
	colCampaign
	colCampaignID
	colSource
	colMedium
	colChannel
	colContent
	colTerm
	colPage
	columnCount
)

// columnNames are the names of columns, in small letters, with spaces for signs.
func columnNames() map[column]string {
	return map[column]string{
		colID:         "id|touch id|record id|registration id",
		colEmail:      "email|e mail|email address|e mail address|e mail adresse|emailadresse|work email|business email|attendee email|registrant email|lead email|contact email|adresse e mail|adresse email|correo electrónico|correo|e mailadres|user email",
		colContact:    "contact id|contactid|contact|lead id|leadid|crm id|person id|record id contact|hubspot contact id|salesforce id|vid",
		colUser:       "user id|userid",
		colVisitor:    "anonymous id|anonymousid|visitor id|client id",
		colAccount:    "account id|accountid|company id|companyid|organization id|organisation id|org id|account",
		colDomain:     "account domain|company domain|domain|website|company website|website url|company domain name",
		colAt:         "occurred at|occurred|date|datetime|date time|timestamp|event date|activity date|attended at|registered at|downloaded at|call date|called at|created date|first responded date|start time|join time|registration time|session date|datum|fecha|data",
		colTime:       "time|time of day|uhrzeit|hora|heure|start hour",
		colZone:       "time zone|timezone|tz|zeitzone",
		colType:       "type|touch type|activity type|activity|kind|campaign type|member type|typ",
		colStatus:     "status|member status|attendance status|outcome|call outcome|response|disposition",
		colAttended:   "attended|has responded|hasresponded|responded|attendance|teilgenommen",
		colCampaign:   "campaign|campaign name|webinar|webinar name|webinar title|event|event name|event title|topic|title|subject|content name|asset name|kampagne",
		colCampaignID: "campaign id|campaignid|webinar id|event id|meeting id",
		colSource:     "source|utm source|lead source|source name", colMedium: "medium|utm medium", colChannel: "channel|utm channel|marketing channel",
		colContent: "content|asset|utm content|description|notes subject|file name", colTerm: "term|utm term|keyword", colPage: "landing page|page|url|page url",
	}
}

// heading is a column's name in small letters with single spaces for everything that is no letter or digit.
func heading(cell string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(cell), func(r rune) bool { return strings.ContainsRune(" \t\n_-./:()[]\"'’*", r) }), " ")
}

const headerRows = 40

// table is a sheet whose header is known.
type table struct {
	sheet *tabular.Sheet
	row   int
	at    [columnCount]int
	// order is how dates are written.
	order string
	zone  *time.Location
	o     Options
}

// find looks for the row that names who and something else.
func find(s *tabular.Sheet) *table {
	known := map[string]column{}
	for c, list := range columnNames() {
		for n := range strings.SplitSeq(list, "|") {
			known[n] = c
		}
	}
	for i, row := range s.Rows[:min(len(s.Rows), headerRows)] {
		t := &table{sheet: s, row: i}
		for c := range t.at {
			t.at[c] = -1
		}
		n := 0
		for j, cell := range row.Cells {
			if c, ok := known[heading(cell)]; ok && t.at[c] < 0 {
				t.at[c] = j
				n++
			}
		}
		who := false
		for _, c := range []column{colEmail, colContact, colUser, colVisitor, colAccount, colDomain} {
			who = who || t.at[c] >= 0
		}
		if who && n >= 2 {
			return t
		}
	}
	return nil
}

// Read makes touches of a file. The error is an *event.Error about the file as a whole.
func Read(s *tabular.Sheet, o Options) (Batch, error) {
	t := find(s)
	if t == nil {
		return Batch{}, &event.Error{Code: tabular.CodeNoTable, Reason: "no row names who (email, contact_id, account_id ...) beside other columns (occurred_at, type, campaign ...)"}
	}
	t.o = o
	var err error
	if t.zone, err = time.LoadLocation(o.Zone); err != nil || strings.EqualFold(o.Zone, "local") {
		return Batch{}, &event.Error{Field: "timezone", Code: event.CodeInvalid, Reason: "is not a time zone: Europe/Berlin"}
	}
	if t.at[colAt] < 0 {
		return Batch{}, &event.Error{Field: "occurred_at", Code: event.CodeMissing, Reason: "no column says when: occurred_at, date, timestamp ..."}
	}
	if bad := t.dates(); bad != nil {
		return Batch{}, bad
	}
	var b Batch
	for i := t.row + 1; i < len(s.Rows); i++ {
		row := &s.Rows[i]
		it := Item{Line: row.Line, Original: row.Raw, Err: row.Err}
		if it.Err == nil {
			if row.IsBlank() || !t.tookPart(row) {
				b.Ignored++
				continue
			}
			it.Record, it.Err = t.touch(row)
		}
		b.Items = append(b.Items, it)
	}
	if len(b.Items)+b.Ignored == 0 {
		return Batch{}, &event.Error{Code: event.CodeEmpty, Reason: "the file has a header and no rows"}
	}
	return b, nil
}

// dates finds out whether the day or the month comes first, by the dates that can be read in one way only.
func (t *table) dates() *event.Error {
	seen, numbered := map[string]bool{}, false
	for i := t.row + 1; i < len(t.sheet.Rows); i++ {
		text := t.get(&t.sheet.Rows[i], colAt)
		seen[dates.Order(text)], numbered = true, numbered || dates.IsNumbered(text)
	}
	switch {
	case t.o.Dates == "dmy":
		t.order = dates.DayFirst
	case t.o.Dates == "mdy":
		t.order = dates.MonthFirst
	case t.o.Dates != "":
		return &event.Error{Field: "dates", Code: event.CodeInvalid, Reason: "must be dmy or mdy"}
	case seen[dates.DayFirst] && seen[dates.MonthFirst]:
		return &event.Error{Field: "dates", Code: event.CodeInvalid, Reason: "some dates have the day first, others the month: say which, as in ?dates=mdy"}
	case seen[dates.DayFirst]:
		t.order = dates.DayFirst
	case seen[dates.MonthFirst] || !numbered:
		t.order = dates.MonthFirst
	default:
		// A touch on a wrong day is credited wrongly and looks right: nothing is guessed.
		return &event.Error{Field: "dates", Code: event.CodeMissing, Reason: "nothing in the file tells whether its dates have the day or the month first: say which, as in ?dates=dmy"}
	}
	return nil
}

func (t *table) get(row *tabular.Row, c column) string {
	if at := t.at[c]; at >= 0 && at < len(row.Cells) {
		return row.Cells[at]
	}
	return ""
}

func (t *table) label(c column, otherwise string) string {
	if at := t.at[c]; at >= 0 {
		return t.sheet.Rows[t.row].Cells[at]
	}
	return otherwise
}

// tookPart tells whether the row's person did something.
func (t *table) tookPart(row *tabular.Row) bool {
	switch strings.ToLower(t.get(row, colAttended)) {
	case "no", "false", "0", "n", "nein", "non":
		return false
	}
	return TookPart(t.get(row, colStatus))
}

// touch is a canonical touch record as pkg/event reads it.
type touch struct {
	Type          event.Type `json:"type"`
	ID            string     `json:"id"`
	OccurredAt    string     `json:"occurred_at"`
	Email         string     `json:"email,omitempty"`
	ContactID     string     `json:"contact_id,omitempty"`
	UserID        string     `json:"user_id,omitempty"`
	AnonymousID   string     `json:"anonymous_id,omitempty"`
	AccountID     string     `json:"account_id,omitempty"`
	AccountDomain string     `json:"account_domain,omitempty"`
	Source        string     `json:"source,omitempty"`
	Medium        string     `json:"medium,omitempty"`
	Campaign      string     `json:"campaign,omitempty"`
	CampaignID    string     `json:"campaign_id,omitempty"`
	Term          string     `json:"term,omitempty"`
	Content       string     `json:"content,omitempty"`
	Channel       string     `json:"channel,omitempty"`
	LandingPage   string     `json:"landing_page,omitempty"`
}

func (t *table) touch(row *tabular.Row) ([]byte, *event.Error) {
	r := touch{
		Type: event.TypeTouch, ID: t.get(row, colID), Email: t.get(row, colEmail), ContactID: t.get(row, colContact), UserID: t.get(row, colUser), AnonymousID: t.get(row, colVisitor),
		AccountID: t.get(row, colAccount), Source: or(t.get(row, colSource), t.o.Source), Medium: or(t.get(row, colMedium), t.o.Medium), Campaign: or(t.get(row, colCampaign), t.o.Campaign),
		CampaignID: t.get(row, colCampaignID), Term: t.get(row, colTerm), Content: t.get(row, colContent), Channel: or(t.get(row, colChannel), t.o.Channel), LandingPage: t.get(row, colPage),
	}
	if r.AccountID == "" {
		r.AccountDomain = domain(t.get(row, colDomain))
	}
	if r.Email+r.ContactID+r.UserID+r.AnonymousID+r.AccountID+r.AccountDomain == "" {
		return nil, &event.Error{Field: t.label(colEmail, "email"), Code: event.CodeNoIdentity, Reason: "the row names nobody: an e-mail address, a contact or an account is needed"}
	}
	if bad := t.when(row, &r); bad != nil {
		return nil, bad
	}
	word := or(t.get(row, colType), t.o.Type)
	if medium, channel, ok := Kind(word); ok && r.Medium == "" && r.Channel == "" {
		r.Medium, r.Channel = medium, channel
	}
	if r.Medium == "" && r.Channel == "" && r.Source == "" {
		if word == "" {
			return nil, &event.Error{Field: t.label(colType, "type"), Code: event.CodeMissing, Reason: "a type, channel, medium or source is needed, in the file or as in ?type=webinar"}
		}
		r.Medium = strings.ToLower(word)
		r.Channel = word
	}
	if r.Content == "" {
		r.Content = t.get(row, colStatus)
	}
	if r.ID == "" {
		r.ID = derived(r)
	}
	raw, err := json.Marshal(r)
	if err != nil { // texts: it cannot fail
		return nil, &event.Error{Code: event.CodeInvalid, Reason: "cannot be written as a record"}
	}
	return raw, nil
}

// when sets the row's time, of a column or two.
func (t *table) when(row *tabular.Row, r *touch) *event.Error {
	text := strings.TrimSpace(t.get(row, colAt) + " " + t.get(row, colTime))
	zone := t.zone
	if name := t.get(row, colZone); name != "" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil || strings.EqualFold(name, "local") {
			return &event.Error{Field: t.label(colZone, "timezone"), Code: event.CodeInvalid, Reason: "is not a time zone: Europe/Berlin"}
		}
	}
	us, ok := dates.ParseTime(text, t.order, zone)
	if !ok {
		return &event.Error{Field: t.label(colAt, "occurred_at"), Code: event.CodeInvalid, Reason: "is not a time"}
	}
	r.OccurredAt = time.UnixMicro(us).UTC().Format(time.RFC3339Nano)
	return nil
}

// derived is an id of what the row says, so that a file sent twice counts once, and one that was corrected counts its other rows once.
func derived(r touch) string {
	sum := sha256.New()
	for _, part := range []string{
		strings.ToLower(r.Email), r.ContactID, r.UserID, r.AnonymousID, r.AccountID, r.AccountDomain, r.OccurredAt, r.Source, r.Medium, r.Channel, r.Campaign, r.CampaignID, r.Content,
	} {
		sum.Write([]byte(part + "\x00"))
	}
	return "csv:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// domain is the host of what may be an address of a page.
func domain(text string) string {
	text = strings.ToLower(text)
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	text, _, _ = strings.Cut(text, "/")
	return strings.TrimPrefix(text, "www.")
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
