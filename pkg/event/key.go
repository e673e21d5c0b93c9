package event

import (
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// RecordKey is the key of an event's record on events-v1. It needs the receipt sequence.
func RecordKey(e *tributaryv1.Event) []byte { return identity.RecordKey(Key(e), e.Id, e.ReceiptSeq) }

// Key is the subject that an event goes to, which decides the partition of its record: the opportunity of a stage record, the contact of a contact record,
// else the first that there is of visitor, user, contact, e-mail, opportunity and account.
func Key(e *tributaryv1.Event) string {
	kind, id := identity.KindAccount, e.AccountId
	stage, contact := e.GetStage(), e.GetContact()
	switch {
	case stage != nil:
		kind, id = identity.KindOpportunity, stage.OpportunityId
	case contact != nil:
		kind, id = identity.KindContact, e.ContactId
	case e.VisitorId != "":
		kind, id = identity.KindVisitor, e.VisitorId
	case e.UserId != "":
		kind, id = identity.KindUser, e.UserId
	case e.ContactId != "":
		kind, id = identity.KindContact, e.ContactId
	case e.EmailSha256 != "":
		kind, id = identity.KindEmail, e.EmailSha256
	}
	return identity.SubjectID(e.Workspace, kind, id)
}

// SpendKey is the natural key of a cost, the key of its record on spend-v1: a later record of the same day, platform, account, campaign, ad group and ad replaces
// the earlier one whole. A campaign is its id, where it has one, so that renaming it does not count its cost twice.
//
// What a UTM template makes of it is left out: another template must not make another row. The statement of a day anew has a key of its own.
func SpendKey(s *tributaryv1.Spend) string {
	campaign, source, medium := "n:"+s.Campaign, s.Source, s.Medium
	if s.FromTemplate {
		campaign, source, medium = "n:"+s.PlatformCampaign, "", ""
	}
	if s.CampaignId != "" {
		campaign = "i:" + s.CampaignId
	}
	if s.ReplacesDay {
		campaign, source, medium = "day", "", ""
	}
	parts := []string{
		s.Workspace, strconv.FormatInt(int64(s.Day), 10), s.Platform, s.AccountId, campaign, s.AdGroup, s.Ad, source, medium,
	}
	for i, p := range parts {
		parts[i] = keyEscaper.Replace(p)
	}
	return strings.Join(parts, "|")
}

// keyEscaper keeps parts apart: "a|b","c" and "a","b|c" are different keys.
var keyEscaper = strings.NewReplacer("%", "%25", "|", "%7C")
