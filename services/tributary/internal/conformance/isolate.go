package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	suite "github.com/tributary-attribution/tributary/schemas/conformance"
)

// isolator gives everything that a case names a prefix, so that no other case and no earlier run can touch it.
type isolator struct {
	// prefix is lower-case letters and digits, starting with a letter, and a hyphen: it must be good in an id and in a domain.
	prefix   string
	freeMail identity.FreeMail
}

// freeMail are the mail domains that the suite's configuration says stand for no company: they must stay what they are.
func freeMail() (identity.FreeMail, error) {
	text, err := suite.FS.ReadFile(suite.Config)
	if err != nil {
		return nil, fmt.Errorf("read the suite's configuration: %w", err)
	}
	cfg, err := config.Parse(suite.Config, text, config.Sources{})
	if err != nil {
		return nil, fmt.Errorf("read the suite's configuration: %w", err)
	}
	return identity.NewFreeMail(cfg.Workspaces[0].FreeMail...), nil
}

// record is a record with all its ids made the case's own.
func (i isolator) record(raw json.RawMessage) (json.RawMessage, event.Type, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // an amount stays as it is written
	var r map[string]any
	if err := dec.Decode(&r); err != nil {
		return nil, "", fmt.Errorf("read a record: %w", err)
	}
	t, _ := r["type"].(string)
	for _, field := range []string{
		"messageId", "id", "anonymousId", "anonymous_id", "userId", "user_id", "previousId", "groupId", "contact_id", "account_id",
		"opportunity_id", "merged_into",
	} {
		change(r, field, i.id)
	}
	for _, holder := range []map[string]any{r, nested(r, "properties"), nested(r, "traits"), nested(nested(r, "context"), "traits")} {
		change(holder, "email", i.email)
	}
	change(r, "account_domain", i.domain)
	change(r, "domain", i.domain)
	if t == string(event.TypeSpend) {
		change(r, "campaign", i.id)
		change(r, "campaign_id", i.id)
	}
	changeAll(r, "contact_ids", i.id)
	changeAll(r, "add_contact_ids", i.id)
	changeAll(r, "remove_contact_ids", i.id)
	changeAll(r, "contact_emails", i.email)
	out, err := json.Marshal(r)
	return out, event.Type(t), err
}

func nested(r map[string]any, field string) map[string]any {
	inner, _ := r[field].(map[string]any)
	return inner
}

func change(r map[string]any, field string, to func(string) string) {
	if s, ok := r[field].(string); ok {
		r[field] = to(s)
	}
}

func changeAll(r map[string]any, field string, to func(string) string) {
	list, _ := r[field].([]any)
	for k, v := range list {
		if s, ok := v.(string); ok {
			list[k] = to(s)
		}
	}
}

// id leaves the words alone that mean nobody: what they do is what a case about them is about.
func (i isolator) id(id string) string {
	switch {
	case identity.IsNobody(id):
		return id
	case identity.LooksLikeEmail(id):
		return i.email(id)
	default:
		return i.prefix + id
	}
}

// journey keeps the kind, "c:" or "o:".
func (i isolator) journey(id string) string {
	kind, rest, _ := strings.Cut(id, ":")
	return kind + ":" + i.prefix + rest
}

// email changes both parts, and keeps surrounding space and letter case, which must not matter.
func (i isolator) email(address string) string {
	trimmed := strings.TrimLeft(address, " ")
	space := address[:len(address)-len(trimmed)]
	local, domain, ok := strings.Cut(trimmed, "@")
	if !ok {
		return address
	}
	return space + i.prefix + local + "@" + i.domain(domain)
}

// domain puts the prefix before the registrable domain, behind any sub-domain; domains of free mail stay what they are.
func (i isolator) domain(domain string) string {
	registrable, ok := i.freeMail.CompanyDomain(domain)
	if !ok {
		return domain
	}
	at := strings.LastIndex(strings.ToLower(domain), registrable)
	return domain[:at] + i.prefix + domain[at:]
}
