package quality

import "time"

// Data is what was counted. Days are days since 1970.
type Data struct {
	Workspace       string
	From, To        int
	Current, Before Counts
	Faults          []Fault
	ClickOnly       []Group
	Unassigned      []Group
	SelfReferrals   []Group
	Campaigns       []Campaign
	Spend           []Cost
	Conversions     []ConversionDay
	Bots            []Group
	Refusals        []Group
	RecordedAt      time.Time
	// LastDay is what "stopped" is counted from: today, or the last day with any data where that is long ago and nobody can be waiting for more.
	LastDay int
}

// Fault is a fault of tags on the visits of one tag.
type Fault struct {
	Code, Channel, Source, Medium, Campaign, Page string
	Visits, Of                                    int64
	LastAt                                        time.Time
}

// Group is a count of one kind of thing. What its names mean depends on where it stands.
type Group struct {
	Name, Source, Medium, Campaign, Page, Field string
	Count                                       int64
	LastAt                                      time.Time
}

// Campaign is the visits of one campaign on a paid channel, or of one that spend names.
type Campaign struct {
	Channel, Source, Medium, Campaign, CampaignID string
	IsPaid                                        bool
	Visits                                        int64
	LastAt                                        time.Time
}

// Cost is the spend of one campaign.
type Cost struct {
	Platform, Channel, Source, Medium, Campaign, CampaignID, Currency string
	Exponent                                                          uint8
	Minor, Clicks                                                     int64
	LastDay                                                           int
}

// ConversionDay is one day's conversions of a type.
type ConversionDay struct {
	Type                            string
	Day                             int
	Count, Valued, Zero, Duplicates int64
}
