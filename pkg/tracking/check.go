package tracking

import "github.com/tributary-attribution/tributary/pkg/channel"

// Checked is what is said of a link: how its visits will count, and what is wrong with it.
type Checked struct {
	Link     string `json:"link" doc:"The link"`
	Channel  string `json:"channel" doc:"Channel that its visits count for; empty when it is no address"`
	Source   string `json:"source"`
	Medium   string `json:"medium"`
	Campaign string `json:"campaign"`
	// OK is false when any finding is an error.
	OK       bool    `json:"ok" doc:"Whether it may go out: no finding is an error"`
	Findings []Fault `json:"findings" doc:"What is wrong, and what to write instead" nullable:"false"`
}

// Check lints a link and classifies it as the collector will.
func Check(r *Rules, c *channel.Classifier, link string) Checked {
	l, findings := r.Lint(link)
	return checked(c, link, l.URL != nil, findings)
}

// BuildChecked builds a link and checks it.
func BuildChecked(r *Rules, c *channel.Classifier, address string, tags map[string]string) Checked {
	link, findings := r.Build(address, tags)
	return checked(c, link, link != "", findings)
}

func checked(c *channel.Classifier, link string, isAddress bool, findings []Fault) Checked {
	out := Checked{Link: link, Findings: append([]Fault{}, findings...)}
	if isAddress {
		o := c.Origin(channel.Hit{PageURL: link})
		out.Channel, out.Source, out.Medium, out.Campaign = o.Channel, o.Source, o.Medium, o.Name
		if o.Evidence == channel.EvidenceUTM && o.Channel == channel.Unassigned {
			out.Findings = append(out.Findings, Fault{
				Code: CodeUnassigned, Severity: severity(CodeUnassigned), Parameter: Medium, Value: o.Medium,
				Reason: "no channel rule knows this source and medium: visits stand under Unassigned",
				Fix:    "use a medium like cpc, email, social or affiliate, or add a channel rule",
			})
		}
	}
	out.OK = !Failed(out.Findings)
	return out
}
