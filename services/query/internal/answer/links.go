package answer

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/tracking"
)

// Conventions are how one workspace tags its links, and how it classifies them.
type Conventions struct {
	Rules    *tracking.Rules
	Channels *channel.Classifier
}

// LinkRequest asks for a tagged link.
type LinkRequest struct {
	Address  string `json:"address" maxLength:"8000" doc:"Page to link to; a tag that it has is replaced" example:"https://shop.example/spring"`
	Source   string `json:"source,omitempty" maxLength:"500" doc:"utm_source: who sends the visitors" example:"google"`
	Medium   string `json:"medium,omitempty" maxLength:"500" doc:"utm_medium: how" example:"cpc"`
	Campaign string `json:"campaign,omitempty" maxLength:"500" doc:"utm_campaign" example:"spring_launch_2026"`
	ID       string `json:"id,omitempty" maxLength:"500" doc:"utm_id: the campaign's id on the platform, which cost is joined by"`
	Term     string `json:"term,omitempty" maxLength:"500" doc:"utm_term"`
	Content  string `json:"content,omitempty" maxLength:"500" doc:"utm_content: which ad or link"`
}

// BuiltLink is a link with what is said of it, and the conventions it was held to.
type BuiltLink struct {
	tracking.Checked
	Conventions tracking.Config `json:"conventions" doc:"How this workspace tags its links"`
}

// BuildLink makes a tagged link, with values tidied and encoded.
func (a *Answerer) BuildLink(workspace string, r LinkRequest) (*BuiltLink, error) {
	c, err := a.conventions(workspace)
	if err != nil {
		return nil, err
	}
	checked := tracking.BuildChecked(c.Rules, c.Channels, r.Address, map[string]string{
		tracking.Source: r.Source, tracking.Medium: r.Medium, tracking.Campaign: r.Campaign, tracking.ID: r.ID, tracking.Term: r.Term, tracking.Content: r.Content,
	})
	if checked.Link == "" {
		return nil, invalid("address", "%s: %s", checked.Findings[0].Reason, checked.Findings[0].Fix)
	}
	return &BuiltLink{Checked: checked, Conventions: c.Rules.Config()}, nil
}

// CheckLink says what is wrong with a link.
func (a *Answerer) CheckLink(workspace, link string) (*BuiltLink, error) {
	c, err := a.conventions(workspace)
	if err != nil {
		return nil, err
	}
	return &BuiltLink{Checked: tracking.Check(c.Rules, c.Channels, link), Conventions: c.Rules.Config()}, nil
}

func (a *Answerer) conventions(workspace string) (Conventions, error) {
	c, ok := a.cfg.Conventions[workspace]
	if !ok {
		return c, fmt.Errorf("there are no conventions of workspace %q", workspace)
	}
	return c, nil
}
