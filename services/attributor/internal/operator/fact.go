package operator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// said sums up what a subject's events say about accounts, so that a thousand group calls are one statement for each attribute.
type said map[[2]string]*pb.AccountFact

// see takes an event. A deleted account says nothing of itself any more.
func (a *said) see(s *subject, ev *pb.Event) {
	if len(ev.Attributes) == 0 || ev.AccountId == "" || ev.GetGroup() == nil && (ev.GetAccount() == nil || s.isDeletedAccount()) {
		return
	}
	if *a == nil {
		*a = make(said)
	}
	for _, attribute := range ev.Attributes {
		fact := &pb.AccountFact{
			Name: attribute.GetName(), Value: attribute.GetValue(), AtUs: ev.OccurredUs, ReceiptSeq: ev.ReceiptSeq, EventId: ev.Id, Trusted: ev.Trusted,
		}
		key := [2]string{ev.AccountId, fact.Name}
		if compareFacts((*a)[key], fact) < 0 {
			(*a)[key] = fact
		}
	}
}

// compareFacts orders statements of one attribute: the greatest counts. What a trusted sender said stands over what a browser did.
func compareFacts(a, b *pb.AccountFact) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(btoi(a != nil), btoi(b != nil))
	case a.Trusted != b.Trusted:
		return cmp.Compare(btoi(a.Trusted), btoi(b.Trusted))
	}
	return cmp.Or(cmp.Compare(a.AtUs, b.AtUs), cmp.Compare(a.ReceiptSeq, b.ReceiptSeq), strings.Compare(a.EventId, b.EventId), strings.Compare(a.Value, b.Value))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a said) derive(d *derivation) {
	for _, key := range sortedKeys(a, func(x, y [2]string) int { return cmp.Or(strings.Compare(x[0], y[0]), strings.Compare(x[1], y[1])) }) {
		fact := a[key]
		fixed := d.s.peer(identity.KindAccount, key[0])
		fact.Id = fact.Name + "\x00" + key[0] + "\x00" + d.s.id
		if fixed == d.s.id {
			fixed = ""
		}
		d.add(itemFact, fact.Id, fact, nil, fixed)
	}
}

// attributes are what is known of an account, by name; those withdrawn are left out.
func (s *subject) attributes() []*pb.Attribute {
	best := make(map[string]*pb.AccountFact)
	s.each(func(it *item) {
		if f, ok := it.msg.(*pb.AccountFact); ok && !it.gone && it.fixed == "" && compareFacts(best[f.Name], f) < 0 {
			best[f.Name] = f
		}
	})
	var out []*pb.Attribute
	for _, name := range sortedKeys(best, strings.Compare) {
		if v := best[name].Value; v != "" {
			out = append(out, &pb.Attribute{Name: name, Value: v})
		}
	}
	return out
}

// awaits tells whether a conversion's rule asks for an account that has not answered yet. Its claim waits: it would be posted to be
// corrected at once.
func (s *subject) awaits(c *pb.Conversion) bool {
	rule := s.rules.Conversion(c.Event)
	if rule == nil || c.IsDecided || !rule.AsksAccount() || !s.kind.IsPerson() {
		return false
	}
	account := s.routes.accounts.at(c.OccurredUs)
	return account != "" && s.answerAbout(account) == nil
}

// excludedBy returns the rule that keeps a conversion of this owner from earning credit, empty when none does.
func (s *subject) excludedBy(c *pb.Conversion) string {
	if c.IsDecided {
		return c.ExcludedBy
	}
	rule := s.rules.Conversion(c.Event)
	if rule == nil || !rule.IsConditional() {
		return ""
	}
	f := &rules.Facts{Properties: valuesOf(c.Properties), EmailDomains: slices.Clone(s.routes.domains)}
	if c.EmailDomain != "" {
		f.EmailDomains = append(f.EmailDomains, c.EmailDomain)
	}
	if account := s.routes.accounts.at(c.OccurredUs); account != "" && s.kind.IsPerson() {
		f.Account = valuesOf(s.answerAbout(account).GetAttributes())
	}
	return rule.ExcludedBy(f)
}

func valuesOf(attributes []*pb.Attribute) map[string]string {
	values := make(map[string]string, len(attributes))
	for _, a := range attributes {
		values[a.GetName()] = a.GetValue()
	}
	return values
}
