package httpapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/event"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector/internal/adfile"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/offline"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// Kinds of file that an endpoint takes beside JSON.
const (
	filesNone    = ""
	filesSpend   = "spend"
	filesTouches = "touches"
	filesStages  = "stages"
)

// isFile tells whether the request's body is a table and this endpoint takes it.
func (in *incoming) isFile() bool {
	return in.endpoint.files != filesNone && tabular.Looks(in.r.Header.Get("Content-Type"), in.body)
}

// translatedFile is a file as items.
type translatedFile struct {
	items   []intake.Foreign
	ignored int
	// plan is of spend.
	plan *adfile.Plan
}

// isDryRun tells whether the sender only wants to know what would become of the body.
func (in *incoming) isDryRun() bool {
	v := in.r.URL.Query().Get("dry_run")
	return v != "" && v != "0" && v != "false"
}

func (in *incoming) serveFile() int {
	if in.principal == nil {
		return in.refuse(refuse(http.StatusUnauthorized, "authorization", codeNoKey, "a file needs a secret key in the Authorization header: curl -u KEY:"))
	}
	if ref := in.mayUse(); ref != nil {
		return in.refuse(ref)
	}
	_, params, _ := mime.ParseMediaType(in.r.Header.Get("Content-Type"))
	sheet, err := tabular.Read(in.body, params["charset"], tabular.DefaultLimits())
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	f, err := in.translateFile(sheet)
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(f.items), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	if in.isDryRun() {
		return writeAnswer(in.w, dryRun(f, in.api.dep.Intake.Process(in.requestOf(f.items))))
	}
	res, err := in.store(f.items)
	if err != nil {
		return in.unavailable(err)
	}
	return in.answerFile(f, res)
}

func (in *incoming) translateFile(sheet *tabular.Sheet) (translatedFile, error) {
	q := in.r.URL.Query()
	switch {
	case in.endpoint.files == filesSpend:
		return spendFile(sheet, q)
	case webhook.IsSalesforceTable(sheet):
		return in.salesforceFile(sheet, q)
	case in.endpoint.files == filesTouches:
		b, err := offline.Read(sheet, offline.Options{
			Type: q.Get("type"), Campaign: q.Get("campaign"), Source: q.Get("source"), Medium: q.Get("medium"), Channel: q.Get("channel"), Zone: q.Get("timezone"), Dates: q.Get("dates"),
		})
		f := translatedFile{ignored: b.Ignored}
		for _, it := range b.Items {
			f.add(it.Record, intake.Translated{Original: it.Original, Err: it.Err, Line: it.Line})
		}
		return f, err
	default:
		return translatedFile{}, &event.Error{Code: tabular.CodeNoTable, Reason: "the header is of no known export: OpportunityHistory has OpportunityId, StageName, Amount, CreatedDate"}
	}
}

func spendFile(sheet *tabular.Sheet, q url.Values) (translatedFile, error) {
	plan, err := adfile.Read(sheet, adfile.Options{
		Platform: q.Get("platform"), Account: q.Get("account"), Currency: q.Get("currency"), Decimal: q.Get("decimal"), Dates: q.Get("dates"), Template: q.Get("utm_template"),
		KeepRows: q.Get("replace") == "rows",
	})
	if err != nil {
		return translatedFile{}, err
	}
	f := translatedFile{plan: plan, ignored: plan.Skipped}
	for _, it := range plan.Items {
		f.add(it.Record, intake.Translated{Original: it.Original, Err: it.Err, Line: it.Line})
	}
	return f, nil
}

// salesforceFile translates an export as the source that ?source= names would: with its prefix and currency.
func (in *incoming) salesforceFile(sheet *tabular.Sheet, q url.Values) (translatedFile, error) {
	source := &webhook.Source{Principal: auth.Principal{Name: in.principal.Name, Workspace: in.principal.Workspace}, Provider: webhook.Salesforce, Currency: q.Get("currency")}
	if name := q.Get("source"); name != "" {
		found := in.api.dep.CRMs.Find(webhook.Salesforce, name)
		if found == nil || found.Workspace != in.principal.Workspace {
			return translatedFile{}, &event.Error{Field: "source", Code: codeNoSource, Reason: "there is no such source of salesforce"}
		}
		source = found
	}
	in.endpoint.accepts = intake.Accepts{Type: event.TypeStage, Also: []event.Type{event.TypeContact, event.TypeAccount, event.TypeTouch}, Partial: true}
	b, err := source.DecodeTable(sheet, webhook.FileOptions{Zone: q.Get("timezone"), Dates: q.Get("dates"), Decimal: q.Get("decimal")})
	f := translatedFile{ignored: b.Ignored}
	for _, it := range b.Items {
		f.add(it.Record, intake.Translated{Original: it.Original, Err: it.Err, Line: it.Line})
	}
	return f, err
}

func (f *translatedFile) add(record []byte, t intake.Translated) {
	f.items = append(f.items, intake.Foreign{Record: record, Translated: t})
}

// resultsShown bounds the results of an answer about a file.
const resultsShown = 1000

// fileAnswer is what became, or would become, of a file.
type fileAnswer struct {
	Success bool `json:"success"`
	DryRun  bool `json:"dry_run,omitempty"`
	// Accepted and Rejected count rows, or the days that a file of costs comes to. Ignored are rows that say nothing: blank, totals, no-shows.
	Accepted int `json:"accepted"`
	Rejected int `json:"rejected"`
	Ignored  int `json:"ignored"`
	// Results are the rejected rows, at most 1,000.
	Results []itemResult `json:"results,omitempty"`
	// Import is what a file of costs was read as.
	Import *adfile.Plan `json:"import,omitempty"`
	// Joins say with which touches costs would be compared, of a dry run.
	Joins []join `json:"joins,omitempty"`
}

// join is what costs have in common with the touches they bought.
type join struct {
	Channel  string `json:"channel"`
	Source   string `json:"source"`
	Medium   string `json:"medium"`
	Campaign string `json:"campaign"`
	// Platform has its own name of the campaign, when a UTM template gave it another.
	PlatformCampaign string `json:"platform_campaign,omitempty"`
	Days             int    `json:"days"`
}

func summarize(f translatedFile, res intake.Result) fileAnswer {
	a := fileAnswer{Ignored: f.ignored, Import: f.plan}
	for i, it := range res.Items {
		switch {
		case it.Err != nil:
			if a.Rejected++; len(a.Results) < resultsShown {
				a.Results = append(a.Results, results(res.Items[i:i+1])...)
			}
		case it.Line > 0: // the replacement of a day is of no row
			a.Accepted++
		}
	}
	a.Success = a.Rejected == 0
	return a
}

func (in *incoming) answerFile(f translatedFile, res intake.Result) int {
	a := summarize(f, res)
	if a.Accepted > 0 || a.Success {
		return writeAnswer(in.w, a)
	}
	// Nothing was taken.
	return answer(in.w, in.r, true, intake.Result{Items: slices.DeleteFunc(slices.Clone(res.Items), func(it intake.Item) bool { return it.Err == nil })})
}

// dryRun is what would become of the records, of which nothing is kept.
func dryRun(f translatedFile, res intake.Result) fileAnswer {
	a := summarize(f, res)
	if f.items == nil { // JSON: every record counts
		a.Accepted = res.Accepted
	}
	a.DryRun = true
	seen := map[join]int{}
	for _, r := range res.Records {
		s := &tributaryv1.Spend{}
		if r.Topic != intake.TopicSpend || s.UnmarshalVT(r.Value) != nil || s.ReplacesDay {
			continue
		}
		j := join{Channel: s.Channel, Source: s.Source, Medium: s.Medium, Campaign: s.Campaign, PlatformCampaign: s.PlatformCampaign}
		if _, ok := seen[j]; !ok {
			seen[j] = len(a.Joins)
			a.Joins = append(a.Joins, j)
		}
		a.Joins[seen[j]].Days++
	}
	return a
}

func writeAnswer(w http.ResponseWriter, a fileAnswer) int {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // the client may be gone; its records are safe all the same
	return http.StatusOK
}
