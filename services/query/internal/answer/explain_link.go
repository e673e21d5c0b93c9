package answer

import (
	"net/url"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// explain is the address that lists what a row's figures are made of; key nil means the totals. It is an RFC 6570 template: the measure is to
// be filled in. It repeats the settled question, so that it means the same tomorrow.
func (f *frame) explain(model string, key *performance.Key) string {
	return "/api/v1/contributions?" + f.explainValues(model, key).Encode() + "{&measure}"
}

func (f *frame) explainValues(model string, key *performance.Key) url.Values {
	s := f.scope()
	v := url.Values{}
	if at := f.asOf(); at != nil {
		v.Set("as_of", at.Format(time.RFC3339Nano))
	}
	if f.moment.Books {
		v.Set("books", booksClosed)
	}
	for name, value := range map[string]string{
		"workspace": s.Workspace, "model": model, "from": s.From, "to": s.To, "basis": s.Basis, "currency": s.Currency, "value": s.ValueBasis,
		"conversion_type": strings.Join(s.ConversionTypes, ","),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if key == nil {
		return v
	}
	v.Set("channel", key.Channel)
	switch {
	case key.Channel == performance.Unattributed:
	case f.groupBy == performance.GroupByCampaign:
		v.Set("campaign", key.Campaign)
	case f.groupBy.HasDetail():
		v.Set(string(f.groupBy), key.Detail)
	}
	return v
}
