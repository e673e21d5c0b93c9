package channel

import "strings"

// notSet stands for a source that a hit with other utm parameters does not name, as in GA4.
const notSet = "(not set)"

// Origin derives where a hit came from. Precedence: utm parameters, strong click id, referrer (the site's own domains and excluded hosts never count),
// weak click id, direct. Where utm parameters leave the source or medium out, the next evidence fills it in.
func (c *Classifier) Origin(h Hit) Origin {
	page, ref := parseAddress(h.PageURL), parseAddress(h.Referrer)
	o := Origin{Campaign: h.Campaign, RulesVersion: c.version, LandingPage: page.shown + page.path}
	if page.shown == "" {
		o.LandingPage = ""
	}
	found := c.scanQuery(page.query, &o)
	if ref.host != "" && !c.excludedHost(ref.host, page.host) {
		o.ReferrerHost = ref.host
	}
	o.trim()
	c.decide(&o, found, ref)
	o.Channel = c.Channel(o.Source, o.Medium, o.Name)
	return o
}

// scanQuery takes utm parameters and the click id of highest precedence from a page's query.
func (c *Classifier) scanQuery(query string, o *Origin) *clickID {
	best := len(c.clickIDs)
	params(query, func(name, value string) {
		if utm, ok := strings.CutPrefix(strings.ToLower(name), "utm_"); ok {
			if field := o.utm(utm); field != nil && *field == "" {
				*field = value
			}
			return
		}
		for i := 0; i < best; i++ {
			if strings.EqualFold(name, c.clickIDs[i].param) {
				best, o.ClickIDType, o.ClickID = i, c.clickIDs[i].param, value
			}
		}
	})
	if best == len(c.clickIDs) {
		return nil
	}
	return &c.clickIDs[best]
}

// utm is the field of a utm parameter (its name without "utm_"), nil for those that are not kept.
func (c *Campaign) utm(name string) *string {
	switch name {
	case "source":
		return &c.Source
	case "medium":
		return &c.Medium
	case "campaign":
		return &c.Name
	case "id":
		return &c.ID
	case "term":
		return &c.Term
	case "content":
		return &c.Content
	}
	return nil
}

func (o *Origin) trim() {
	o.Source, o.Medium = fold(o.Source), fold(o.Medium)
	o.Name, o.ID = strings.TrimSpace(o.Name), strings.TrimSpace(o.ID)
	o.Term, o.Content = strings.TrimSpace(o.Term), strings.TrimSpace(o.Content)
}

func (c *Classifier) decide(o *Origin, id *clickID, ref address) {
	hasUTM := !o.IsZero()
	hasSource := o.Source != ""
	source, medium, evidence := c.next(o, id, ref)
	switch {
	case !hasUTM:
		o.Source, o.Medium, o.Evidence = source, medium, evidence
		return
	case !hasSource && evidence != EvidenceNone:
		o.Source = source
	case !hasSource:
		o.Source = notSet
	}
	o.Evidence = EvidenceUTM
	// A medium belongs to its source: the referrer's may only go with a source that is the referrer's as well, a paid click's with any.
	if o.Medium == "" && (evidence == EvidenceClickID || !hasSource && evidence != EvidenceNone) {
		o.Medium = medium
	}
}

// next is the best evidence after utm parameters.
func (c *Classifier) next(o *Origin, id *clickID, ref address) (source, medium string, e Evidence) {
	if id != nil && id.strong {
		return id.source, id.medium, EvidenceClickID
	}
	if o.ReferrerHost != "" {
		r, ok := c.referrers.find(ref.host, ref.path)
		if ok {
			return r.source, c.medium(r), EvidenceReferrer
		}
		if id == nil {
			return o.ReferrerHost, "referral", EvidenceReferrer
		}
	}
	if id != nil {
		return id.source, id.medium, EvidenceClickID
	}
	return SourceDirect, MediumNone, EvidenceNone
}
