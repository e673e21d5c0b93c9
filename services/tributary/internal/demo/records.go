package demo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	site      = "https://www.northwind-metrics.example"
	userAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)

// pagePaths is what people read; the first of a visit is its landing page.
func pagePaths() []string {
	return []string{"/", "/pricing", "/product/attribution", "/customers", "/blog/what-is-a-touchpoint", "/docs/quickstart", "/integrations"}
}

// visit is a web session of one to four pages. It returns the id of its first event.
func (g *generator) visit(at time.Time, s *source, p *person, rng *rand.Rand) (id string, happened bool) {
	context := g.landing(s, rng)
	for i := range 1 + rng.IntN(4) {
		call := map[string]any{
			"type": "page", "messageId": g.id(rng), "anonymousId": p.visitor, "timestamp": stamp(at), "context": context,
		}
		if !g.emit(at, replay.EndpointBatch, call) {
			return id, happened
		}
		if i == 0 {
			id, happened = call["messageId"].(string), true
		}
		before := context["page"].(map[string]any)["url"].(string)
		context = withPage(map[string]any{"userAgent": userAgent}, site+pagePaths()[rng.IntN(len(pagePaths()))], before)
		at = at.Add(time.Duration(15+rng.IntN(180)) * time.Second)
	}
	return id, happened
}

// landing is the context of a visit's first page: where it landed, and what says where it came from.
func (g *generator) landing(s *source, rng *rand.Rand) map[string]any {
	pages := s.pages
	if len(pages) == 0 {
		pages = pagePaths()
	}
	location := site + pages[rng.IntN(len(pages))]
	context := map[string]any{"userAgent": userAgent}
	if s.source != "" {
		query := url.Values{"utm_source": {s.source}, "utm_medium": {s.medium}, "utm_campaign": {s.campaign}, "utm_id": {s.campaignID}}
		campaign := map[string]any{"source": s.source, "medium": s.medium, "name": s.campaign, "id": s.campaignID}
		if len(s.contents) > 0 {
			ad := s.contents[rng.IntN(len(s.contents))]
			query.Set("utm_content", ad)
			campaign["content"] = ad
		}
		location += "?" + query.Encode()
		context["campaign"] = campaign
	}
	return withPage(context, location, s.referrer)
}

func withPage(context map[string]any, location, referrer string) map[string]any {
	out := map[string]any{}
	for k, v := range context {
		out[k] = v
	}
	page := map[string]any{"url": location}
	if referrer != "" {
		page["referrer"] = referrer
	}
	out["page"] = page
	return out
}

// form is a filled-in form: the event, who it was, and the conversion.
func (g *generator) form(at time.Time, p *person, rng *rand.Rand) {
	context := withPage(map[string]any{"userAgent": userAgent}, site+"/demo", site+"/pricing")
	g.emit(at, replay.EndpointBatch, map[string]any{
		"type": "identify", "messageId": g.id(rng), "anonymousId": p.visitor, "timestamp": stamp(at), "context": context,
		"traits": map[string]any{"email": p.email},
	})
	event := "Lead Submitted"
	if rng.Float64() < 0.3 {
		event = "Demo Requested"
	}
	g.emit(at.Add(time.Second), replay.EndpointBatch, map[string]any{
		"type": "track", "event": event, "messageId": g.id(rng), "anonymousId": p.visitor, "timestamp": stamp(at.Add(time.Second)),
		"context": context, "properties": map[string]any{"form": "demo"},
	})
}

// contact is the CRM's record of a lead.
func (g *generator) contact(at time.Time, p *person, account string) {
	g.emit(at, replay.EndpointStages, map[string]any{
		"type": "contact", "id": p.contact + "-created", "occurred_at": stamp(at), "contact_id": p.contact, "email": p.email,
		"account_id": account, "lead_created_at": stamp(at), "anonymous_id": p.visitor,
	})
}

// offlineTouch is a webinar attended or a booth visited.
func (g *generator) offlineTouch(at time.Time, s *source, p *person, rng *rand.Rand) (id string, happened bool) {
	id = g.id(rng)
	return id, g.emit(at, replay.EndpointTouches, map[string]any{
		"type": "touch", "id": id, "occurred_at": stamp(at), "email": p.email,
		"source": s.source, "medium": s.medium, "campaign": s.campaign, "channel": s.channel,
	})
}

func (g *generator) id(rng *rand.Rand) string { return g.opts.Prefix + "-" + uuid(rng) }

// stamp writes a time to the millisecond, as browsers do.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// uuid is a random version 4 UUID from the world's own stream.
func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, uint16(b>>48)&0x3fff|0x8000, b&0xffffffffffff)
}

func marshal(record map[string]any) ([]byte, error) {
	body, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("demo: encode %v: %w", record["type"], err)
	}
	return body, nil
}

// choose takes an index with probability in proportion to its weight.
func choose(rng *rand.Rand, all []source, weight func(*source) float64) int {
	total := 0.0
	for i := range all {
		total += weight(&all[i])
	}
	at := rng.Float64() * total
	for i := range all {
		if at -= weight(&all[i]); at < 0 {
			return i
		}
	}
	return len(all) - 1
}

// workHours moves a time of day between 8 and 19 o'clock.
func workHours(at time.Time, rng *rand.Rand) time.Time {
	day := at.Truncate(24 * time.Hour)
	return day.Add(8*time.Hour + time.Duration(rng.Float64()*float64(11*time.Hour))).Truncate(time.Millisecond)
}
