package oracle

import (
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// placeTouches finds all touchpoints and leads, and gives them to their owners.
func (w *world) placeTouches() {
	hits := make(map[string][]attribution.Hit)
	origins := make(map[string][]*tributaryv1.Origin)
	for _, e := range w.events {
		if h, o, ok := w.hit(e); ok {
			hits[e.VisitorId] = append(hits[e.VisitorId], h)
			origins[e.VisitorId] = append(origins[e.VisitorId], o)
		}
		w.placeOffline(e)
		w.placeLead(e)
	}
	gapUS := int64(w.rules.SessionGap / time.Microsecond)
	for visitor, hs := range hits {
		for _, s := range attribution.Sessions(visitor, hs, gapUS) {
			o := origins[visitor][s.First]
			person := w.terminal(w.visitors[visitor].at(s.Key.OccurredUS))
			w.place(visitor, person, webTouch(&s, o))
		}
	}
	for _, touches := range w.touches {
		attribution.SortTouchpoints(touches)
	}
}

// hit returns what an event shows of a visitor's activity on the site.
func (w *world) hit(e *tributaryv1.Event) (attribution.Hit, *tributaryv1.Origin, bool) {
	h := attribution.Hit{Key: keyOf(e)}
	var origin *tributaryv1.Origin
	active := false
	switch body := e.Body.(type) {
	case *tributaryv1.Event_Page:
		origin, active, h.IsPage = body.Page.GetOrigin(), true, true
	case *tributaryv1.Event_Track:
		h.IsForm = w.forms[body.Track.GetName()]
		origin, active = body.Track.GetOrigin(), body.Track.GetOnPage() || h.IsForm
	case *tributaryv1.Event_Identify:
		origin, active = body.Identify.GetOrigin(), body.Identify.GetOnPage()
	}
	if !active || e.VisitorId == "" || e.GetTrack().GetIsStub() {
		return h, nil, false
	}
	origin = w.channels.Origin(origin)
	h.Evidence = attribution.Evidence(origin.GetEvidence())
	h.Source, h.Medium, h.Campaign, h.ClickID = origin.GetSource(), origin.GetMedium(), origin.GetCampaign(), origin.GetClickId()
	h.IsBot, h.BotReason = origin.GetIsBot(), origin.GetBotReason()
	return h, origin, true
}

func webTouch(s *attribution.Session, o *tributaryv1.Origin) attribution.Touchpoint {
	t := fromOrigin(o)
	t.ID, t.Key, t.Kind, t.IsBot = s.ID, s.Key, s.Kind, s.IsBot
	return t
}

func fromOrigin(o *tributaryv1.Origin) attribution.Touchpoint {
	t := attribution.Touchpoint{
		Channel: o.GetChannel(), Source: o.GetSource(), Medium: o.GetMedium(), Campaign: o.GetCampaign(), IsBot: o.GetIsBot(),
	}
	t.IsDirect = attribution.IsDirect(attribution.Evidence(o.GetEvidence()), t.Channel)
	if t.Channel == "" && t.IsDirect {
		t.Channel = attribution.ChannelDirect
	}
	return t
}

func (w *world) placeOffline(e *tributaryv1.Event) {
	if e.GetTouch() == nil || e.VisitorId == "" && homePerson(e) == "" {
		return
	}
	t := fromOrigin(w.channels.Origin(e.GetTouch().GetOrigin()))
	t.ID, t.Key, t.Kind = attribution.TouchpointID("", e.Id), keyOf(e), attribution.TouchKindOffline
	switch tributaryv1.TouchKind(e.GetTouch().GetKind()) {
	case tributaryv1.TouchKind_TOUCH_KIND_VISIT:
		t.Kind = attribution.TouchKindVisit
	case tributaryv1.TouchKind_TOUCH_KIND_FORM:
		t.Kind = attribution.TouchKindForm
	default: // offline
	}
	w.place(e.VisitorId, w.personOf(e, e.OccurredUs), t)
}

// place gives a touch to its visitor, or to its person and that person's account at the time.
func (w *world) place(visitor, person string, t attribution.Touchpoint) {
	t.PersonID = person
	account := ""
	if person == "" {
		w.touches[kindVisitor+visitor] = append(w.touches[kindVisitor+visitor], t)
	} else {
		account = w.accountAt(person, t.Key.OccurredUS)
		w.touches[person] = append(w.touches[person], t)
		if account != "" {
			w.touches[kindAccount+account] = append(w.touches[kindAccount+account], t)
		}
	}
	w.res.Touchpoints[ID{w.workspace, t.ID}] = Touchpoint{Touchpoint: t, Visitor: visitor, Account: account}
	if !t.IsBot {
		w.addCell(BasisTouch, t.Key.OccurredUS, "", t.Channel, t.Campaign, "", func(v *CellValues) { v.Touchpoints++ })
	}
}

// placeLead finds the creation of a lead: a contact record that names it, or a conversion that makes one.
func (w *world) placeLead(e *tributaryv1.Event) {
	lead := attribution.Lead{Key: keyOf(e)}
	owner := ""
	switch {
	case e.GetContact().GetLeadCreatedUs() != 0 && e.ContactId != "" && !w.isDeleted(e.ContactId):
		lead.Key.OccurredUS = e.GetContact().GetLeadCreatedUs()
		lead.PersonID = w.terminal(kindContact + e.ContactId)
	case e.GetTrack() != nil && w.conversions[e.GetTrack().GetName()].IsLead:
		lead.PersonID = w.personOf(e, e.OccurredUs)
		owner = kindVisitor + e.VisitorId
	default:
		return
	}
	if lead.PersonID != "" {
		owner = lead.PersonID
		if account := w.accountAt(owner, lead.Key.OccurredUS); account != "" {
			w.leads[kindAccount+account] = append(w.leads[kindAccount+account], lead)
		}
	}
	if owner != kindVisitor {
		w.leads[owner] = append(w.leads[owner], lead)
	}
}
