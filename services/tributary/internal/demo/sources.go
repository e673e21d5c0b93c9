package demo

// source is one way people come into contact: a campaign with its costs and its hidden effect.
type source struct {
	// channel is the name the default rules give it.
	channel                  string
	source, medium, campaign string
	platform, campaignID     string
	referrer                 string
	// offline touches are recorded by marketing, not seen on the site.
	offline bool
	// weight is how often people of small, mid-size and large companies come this way.
	weight [3]float64
	// stranger is how often visitors come this way who never become known.
	stranger float64
	// effect is how far one touch moves a company's intent, on average.
	effect float64
	// curious is the chance that a visit ends in a form whatever the intent: cheap leads.
	curious float64
	// clickCost is in cents.
	clickCost int
	// waste is how many clicks are paid for each visit that is seen: the rest bounce before the page loads, or block the pixel.
	waste int
	// clickRate is clicks per thousand impressions.
	clickRate int
	// late sources are taken by people who have decided already.
	late bool
	// since and until are when the campaign runs, as shares of the history; until 0 is its end.
	since, until float64
	// contents are the ads of the campaign, pages where its links lead; without any, the site's pages at random.
	contents, pages []string
}

// runs tells whether the campaign runs at a share of the history.
func (s *source) runs(at float64) bool { return at >= s.since && (s.until == 0 || at < s.until) }

// sources is the marketing of the invented company. Costs and click rates are of the order that B2B software firms see.
//
//nolint:funlen // a table.
func sources() []source {
	return []source{
		{
			channel: "Paid Search", source: "google", medium: "cpc", campaign: "brand", platform: "google_ads", campaignID: "g-100",
			weight: [3]float64{1, 1, 1}, stranger: 1, effect: 0.02, curious: 0.06, clickCost: 240, waste: 2, clickRate: 80, late: true,
			contents: []string{"headline-price", "headline-proof"}, pages: []string{"/", "/pricing"},
		},
		{
			channel: "Paid Search", source: "google", medium: "cpc", campaign: "revenue-attribution", platform: "google_ads", campaignID: "g-200",
			weight: [3]float64{1.2, 1, 0.5}, stranger: 2, effect: 0.55, curious: 0.05, clickCost: 980, waste: 5, clickRate: 32,
			contents: []string{"guide", "calculator"}, pages: []string{"/product/attribution", "/guides/attribution"},
		},
		{
			channel: "Paid Search", source: "google", medium: "cpc", campaign: "competitor-terms", platform: "google_ads", campaignID: "g-300",
			weight: [3]float64{0.4, 0.4, 0.2}, stranger: 1, effect: 0.15, curious: 0.04, clickCost: 1340, waste: 4, clickRate: 21, since: 0.55,
			contents: []string{"compare"}, pages: []string{"/compare"},
		},
		{
			channel: "Paid Social", source: "linkedin", medium: "paid_social", campaign: "cmo-playbook", platform: "linkedin_ads", campaignID: "li-1",
			weight: [3]float64{0.2, 1, 2.4}, stranger: 0.8, effect: 1.15, curious: 0.015, clickCost: 1650, waste: 6, clickRate: 6,
			contents: []string{"carousel", "video-30s", "document"}, pages: []string{"/guides/cmo-playbook"},
		},
		{
			channel: "Paid Social", source: "linkedin", medium: "paid_social", campaign: "retargeting", platform: "linkedin_ads", campaignID: "li-2",
			weight: [3]float64{0.3, 0.4, 0.4}, stranger: 0.6, effect: 0.12, curious: 0.02, clickCost: 720, waste: 5, clickRate: 9, since: 0.3, late: true,
			contents: []string{"testimonial"}, pages: []string{"/customers", "/pricing"},
		},
		{
			channel: "Display", source: "gdn", medium: "display", campaign: "always-on-banner", platform: "google_ads", campaignID: "g-900",
			weight: [3]float64{1.0, 0.45, 0.15}, stranger: 7, effect: 0.03, curious: 0.3, clickCost: 165, waste: 14, clickRate: 3,
			contents: []string{"banner-blue", "banner-quote"}, pages: []string{"/free-template"},
		},
		{
			channel: "Email", source: "newsletter", medium: "email", campaign: "monthly-digest", platform: "mailer", campaignID: "m-1",
			weight: [3]float64{0.8, 0.8, 0.6}, effect: 0.28, clickCost: 90, waste: 60, clickRate: 120,
			pages: []string{"/blog/what-is-a-touchpoint", "/blog/month-end"},
		},
		{
			channel: "Organic Search", referrer: "https://www.google.com/",
			weight: [3]float64{1.5, 1.3, 0.9}, stranger: 5, effect: 0.35, curious: 0.02,
			pages: []string{"/blog/what-is-a-touchpoint", "/guides/attribution", "/", "/docs/quickstart", "/blog/w-shaped-explained"},
		},
		{
			channel: "Organic Social", source: "linkedin", medium: "social", campaign: "founder-posts",
			weight: [3]float64{0.4, 0.5, 0.5}, stranger: 1, effect: 0.4, curious: 0.02, since: 0.2, pages: []string{"/blog/month-end", "/"},
		},
		{
			channel: "Direct", weight: [3]float64{0.9, 0.9, 0.9}, stranger: 3, effect: 0, curious: 0.01, late: true,
		},
		{
			channel: "Referral", referrer: "https://www.saas-reviews.example/compare",
			weight: [3]float64{0.4, 0.5, 0.4}, stranger: 1, effect: 0.6, curious: 0.03,
		},
		{
			channel: "AI Assistant", referrer: "https://chatgpt.com/",
			weight: [3]float64{0.4, 0.3, 0.2}, stranger: 1, effect: 0.45, curious: 0.03, since: 0.35,
			pages: []string{"/compare", "/product/attribution"},
		},
		{
			channel: "Webinar", source: "webinar", medium: "webinar", campaign: "measuring-pipeline", platform: "events", campaignID: "w-1", offline: true,
			weight: [3]float64{0.2, 0.6, 0.8}, effect: 0.9, clickCost: 2900, waste: 5, clickRate: 250,
		},
		{
			channel: "Webinar", source: "webinar", medium: "webinar", campaign: "forecast-clinic", platform: "events", campaignID: "w-2", offline: true,
			weight: [3]float64{0.2, 0.4, 0.5}, effect: 0.8, clickCost: 3400, waste: 5, clickRate: 250, since: 0.7,
		},
		{
			channel: "Event", source: "field", medium: "event", campaign: "revops-summit", platform: "events", campaignID: "e-1", offline: true,
			weight: [3]float64{0.05, 0.25, 0.7}, effect: 1.0, clickCost: 21000, waste: 3, clickRate: 400, until: 0.62,
		},
		{
			channel: "Event", source: "field", medium: "event", campaign: "data-night-berlin", platform: "events", campaignID: "e-2", offline: true,
			weight: [3]float64{0.05, 0.2, 0.6}, effect: 1.0, clickCost: 12500, waste: 3, clickRate: 400, since: 0.62,
		},
	}
}

// clickKey is a day and a source, what spend is kept by.
type clickKey struct {
	day    int
	source int
}
