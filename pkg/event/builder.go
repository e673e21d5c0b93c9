package event

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/money"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Longest descriptive texts, in bytes; longer ones are cut and flagged, because a long utm_term is no reason to lose a visit.
const (
	maxText    = 255
	maxContent = 500
	maxClickID = 1000
	maxPage    = 2048
)

// builder gives a parsed record its meaning. The first failure is kept; the rest of the building goes on harmlessly.
type builder struct {
	rec   *Record
	del   *Delivery
	flags []string
	// consent is what the visitor has said; see consentOf.
	consent string
	err     error
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) flag(f string) {
	if !slices.Contains(b.flags, f) {
		b.flags = append(b.flags, f)
	}
}

// text is a slot's text. E-mail addresses are hashed wherever they stand, in links, campaigns and names, but for the fields that are an address or an id, which are
// read as a whole.
func (b *builder) text(s slot) string {
	switch s {
	case sEmail, sTraitEmail, sPropEmail, sContextEmail, sVisitor, sUser, sContact, sPrevious, sAccount, sMergedInto:
		return b.rec.vals[s]
	default:
		return b.conceal(b.rec.vals[s])
	}
}

// conceal hashes the addresses in a text.
func (b *builder) conceal(text string) string {
	hashed, found := identity.HashAddresses(text)
	if found {
		b.flag(FlagAddressHashed)
	}
	return hashed
}

// accountID is an id of an account: an address is never kept, as in personID.
func (b *builder) accountID(id string) string {
	if e, ok := b.del.Workspace.FreeMail.Email(id); ok && identity.LooksLikeEmail(id) {
		b.flag(FlagIDHashed)
		return e.SHA256
	}
	return b.conceal(id)
}

func (b *builder) bool(s slot) bool { return b.rec.vals[s] == "true" }

// cut shortens a descriptive text.
func (b *builder) cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	b.flag(FlagTruncated)
	return cut(s, n)
}

// Event is the record as a message of events-v1, without receipt sequence, which the caller gives. It is an error to ask it of spend. The error
// is an *Error, or ErrWithheld.
func (r *Record) Event(d *Delivery) (*tributaryv1.Event, error) {
	b := &builder{rec: r, del: d}
	e := &tributaryv1.Event{
		Workspace: d.Workspace.Name, ReceivedUs: d.ReceivedUS, SourceName: d.SourceName, Trusted: d.Trusted,
	}
	switch r.Type {
	case TypeStage:
		b.stage(e)
	case TypeContact:
		b.contact(e)
	case TypeAccount:
		b.account(e)
	case TypeErase:
		b.erase(e)
	case TypeTouch:
		b.touch(e)
	case TypeSpend:
		b.fail(refuse("type", CodeInvalid, "is no event"))
	default:
		b.call(e)
		b.address(e)
	}
	if b.err != nil {
		return nil, b.err
	}
	if r.unknown != "" {
		b.flag(FlagUnknownField + cut(b.conceal(r.unknown), 40))
	}
	e.Id = b.id()
	if b.consent == ConsentDenied && !b.withhold(e) {
		return nil, ErrWithheld
	}
	e.Flags = b.flags
	return e, nil
}

// id is the record's own, else the delivery's, else derived from what identifies the record: its workspace and content and, when it does not say when it happened, the
// receipt. So a record that is sent again is recognised, and two equal records without a time, which nobody could tell from a repetition, both count.
func (b *builder) id() string {
	if id := b.text(sID); id != "" {
		return id
	}
	if b.del.ID != "" {
		return b.conceal(b.del.ID)
	}
	b.flag(FlagIDDerived)
	h := sha256.New()
	h.Write([]byte(b.del.Workspace.Name))
	h.Write([]byte{0})
	h.Write([]byte(b.rec.Type))
	h.Write([]byte{0})
	h.Write(b.rec.raw)
	if !b.rec.set[sTimestamp] && !b.rec.set[sOriginalTimestamp] {
		h.Write([]byte(itoa(b.del.ReceivedUS)))
	}
	return "h-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// personID is an id of a visitor, user or contact: none for what senders write when they have none, and a hash for an address, which is never kept.
func (b *builder) personID(id string) string {
	if id == "" {
		return ""
	}
	if identity.IsNobody(id) {
		b.flag(FlagIDIgnored)
		return ""
	}
	if identity.LooksLikeEmail(id) {
		if e, ok := b.del.Workspace.FreeMail.Email(id); ok {
			b.flag(FlagIDHashed)
			return e.SHA256
		}
	}
	return b.conceal(id)
}

// email sets the hashed address. strict refuses what is no address, with the field's name; otherwise it is flagged.
func (b *builder) email(e *tributaryv1.Event, address, name string, strict bool) {
	if address = strings.TrimSpace(address); address == "" {
		return
	}
	mail, ok := b.del.Workspace.FreeMail.Email(address)
	switch {
	case ok:
		e.EmailSha256, e.EmailDomain = mail.SHA256, mail.Domain
	case strict:
		b.fail(refuse(name, CodeInvalid, "is not an e-mail address"))
	default:
		b.flag(FlagEmailInvalid)
	}
}

// MaxAmount is the largest amount and count of one record, in minor units of its currency: 100,000,000,000,000.00 dollars. Hundreds of such records can be added up before
// 64 bits are too few; anything larger is a mistake, and must not make a sum of others wrong.
const MaxAmount = 10_000_000_000_000_000

// amount reads money that may not be negative. currency is the record's, already in capitals and known.
func (b *builder) amount(text, currency, name string) int64 {
	minor, rounded, err := money.ParseDecimal(text, currency)
	switch {
	case errors.Is(err, money.ErrSyntax):
		b.fail(refuse(name, CodeInvalid, "is not a decimal number"))
	case err != nil, minor > MaxAmount:
		b.fail(refuse(name, CodeInvalid, "is too large: at most "+money.FormatDecimal(MaxAmount, currency)+" "+currency))
	case minor < 0:
		b.fail(refuse(name, CodeInvalid, "must not be negative"))
	}
	if rounded {
		b.flag(FlagAmountRounded)
	}
	return minor
}

// currency is the record's in capitals, or the workspace's when it has none.
func (b *builder) currency(name string) string {
	c := strings.ToUpper(strings.TrimSpace(b.text(sCurrency)))
	if c == "" {
		b.flag(FlagCurrencyDefault)
		return b.del.Workspace.Currency
	}
	if !money.IsCurrency(c) {
		b.fail(refuse(name, CodeUnknownCoin, "is not an ISO 4217 code with a minor unit"))
	}
	return c
}

// need refuses a record without the field.
func (b *builder) need(s slot, name string) {
	if !b.rec.set[s] {
		b.fail(refuse(name, CodeMissing, "is needed"))
	}
}
