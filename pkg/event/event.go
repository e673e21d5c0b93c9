// Package event turns what senders post into the messages of events-v1 and spend-v1: Segment's calls and the canonical stage, contact,
// touch and spend records. JSON is read once, here; everything behind Kafka reads protobuf.
//
// Three steps, all pure (no clock, no I/O, no logger):
//
//	Split(body)            one record, a JSON array, NDJSON or a batch envelope, into items
//	Record.Parse(item)     syntax and types: what the item says, by field
//	Record.Event(delivery) meaning: ids, time, origin, money, hashed addresses
//
// Every refusal is an *Error that names the field. Nothing here panics, whatever the bytes.
package event

import (
	"fmt"
	"net/netip"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/tracking"
)

// Type is the kind of a record, as senders write it in "type".
type Type string

// The types of record.
const (
	TypeTrack    Type = "track"
	TypePage     Type = "page"
	TypeScreen   Type = "screen"
	TypeIdentify Type = "identify"
	TypeGroup    Type = "group"
	TypeAlias    Type = "alias"
	TypeStage    Type = "stage"
	TypeContact  Type = "contact"
	TypeAccount  Type = "account"
	TypeTouch    Type = "touch"
	TypeSpend    Type = "spend"
	// TypeErase asks for a person's data to be removed. It has an endpoint of its own, and comes from CRM webhooks.
	TypeErase Type = "erase"
)

// IsCall tells whether t is one of Segment's calls, which public keys may send.
func (t Type) IsCall() bool {
	switch t {
	case TypeTrack, TypePage, TypeScreen, TypeIdentify, TypeGroup, TypeAlias:
		return true
	default:
		return false
	}
}

// IsKnown tells whether t is a type at all.
func (t Type) IsKnown() bool {
	switch t {
	case TypeStage, TypeContact, TypeAccount, TypeTouch, TypeSpend, TypeErase:
		return true
	default:
		return t.IsCall()
	}
}

// Limits of one record. They are part of the wire contract, not settings.
const (
	// MaxItemBytes is the largest record, in bytes of JSON.
	MaxItemBytes = 32 << 10
	// MaxMessageID is the longest id of a record, in bytes.
	MaxMessageID = 100
	// MaxID is the longest visitor, user, contact, account or opportunity id, and the longest event name, in bytes.
	MaxID = 255
	// MaxDepth is the deepest nesting of objects and arrays.
	MaxDepth = 64
	// MaxContacts is how many contacts a stage record may list.
	MaxContacts = 200
)

// Codes of refusals: stable, for programs. Reasons are for people.
const (
	CodeMalformed   = "malformed_json"
	CodeDuplicate   = "duplicate_field"
	CodeUTF8        = "invalid_utf8"
	CodeTooLarge    = "too_large"
	CodeTooDeep     = "too_deep"
	CodeTooLong     = "too_long"
	CodeTooMany     = "too_many_items"
	CodeEmpty       = "empty_body"
	CodeMissing     = "missing_field"
	CodeWrongType   = "wrong_type"
	CodeInvalid     = "invalid_value"
	CodeUnknownType = "unknown_type"
	CodeNoIdentity  = "no_user_anon_id"
	CodeClockFuture = "clock_future"
	CodeUnknownCoin = "unknown_currency"
	CodeNoCurrency  = "missing_currency"
)

// Flags are what the collector noticed about an event that it took all the same.
const (
	// FlagClockFuture: the time was after the receipt and was set to it.
	FlagClockFuture = "clock_future"
	// FlagClockMissing: no time was given; it is the receipt's.
	FlagClockMissing = "clock_missing"
	// FlagClockSkew: the time was corrected by sentAt, by a minute or more.
	FlagClockSkew = "clock_skew"
	// FlagCurrencyDefault: the amount came without currency; it is the workspace's.
	FlagCurrencyDefault = "currency_default"
	// FlagAmountRounded: the amount had more decimals than its currency.
	FlagAmountRounded = "amount_rounded"
	// FlagValueUntrusted: a public key sent a conversion value; it was dropped.
	FlagValueUntrusted = "value_untrusted"
	// FlagValueIgnored: properties.value or total was not an amount.
	FlagValueIgnored = "value_ignored"
	// FlagIDDerived: the record had no id; it was derived from the content.
	FlagIDDerived = "id_derived"
	// FlagIDIgnored: an id that means nobody ("undefined", "null" ...) was dropped.
	FlagIDIgnored = "id_ignored"
	// FlagIDHashed: an id was an e-mail address; its hash took its place.
	FlagIDHashed = "id_hashed"
	// FlagAddressHashed: an e-mail address stood in a link, a name or another text; its hash took its place.
	FlagAddressHashed = "address_hashed"
	// FlagEmailInvalid: traits.email was not an address.
	FlagEmailInvalid = "email_invalid"
	// FlagTruncated: a descriptive text was cut at its limit.
	FlagTruncated = "truncated"
	// FlagConsentDenied: the visitor does not want to be measured; every identifier was dropped.
	FlagConsentDenied = "consent_denied"
	// FlagUnknownField starts the flag of a field that canonical records do not have: a misspelt one shows here.
	FlagUnknownField = "unknown_field:"
)

// Error is why a record, or a whole body, was refused.
type Error struct {
	// Field is the path of what is wrong, with dots ("properties.revenue"); empty for the whole record.
	Field string
	// Code is one of the Code constants.
	Code string
	// Reason says what is wrong, in words. It never repeats the sender's bytes.
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Code + ": " + e.Reason
	}
	return e.Field + ": " + e.Code + ": " + e.Reason
}

func refuse(field, code, reason string, args ...any) *Error {
	if len(args) > 0 {
		reason = fmt.Sprintf(reason, args...)
	}
	return &Error{Field: field, Code: code, Reason: reason}
}

// Workspace is what decoding needs to know of a workspace. It is immutable and shared.
type Workspace struct {
	Name string
	// Currency is taken for amounts that come without one (not for spend). ISO 4217.
	Currency string
	Channels *channel.Classifier
	FreeMail identity.FreeMail
	Bots     *Bots
	Stages   []StageRule
	// Tracking are the conventions of tagging; nil: none.
	Tracking *tracking.Rules
	// Attributes are what is kept of traits and properties: the names that rules use.
	Attributes Attributes
	// Privacy is what is kept of a visitor.
	Privacy Privacy
	// SpendTemplates say which touches a platform's costs belong to; the first that matches holds.
	SpendTemplates []SpendTemplate
}

// StageRule translates a CRM's stage. Comparison ignores letter case; empty SourceSystem and Pipeline match all. The first that matches holds.
type StageRule struct {
	SourceSystem, Pipeline string
	// From is the CRM's word, To the canonical stage.
	From, To string
	// IsWon and IsLost say what reaching the stage means, for records that do not say.
	IsWon, IsLost bool
	// ProbabilityPPM is the chance in millionths that a deal of the stage is won, for records that do not say.
	HasProbability bool
	ProbabilityPPM int64
}

// Delivery is what is known of a record from outside it.
type Delivery struct {
	Workspace *Workspace
	// SourceName is the name of the key or webhook source.
	SourceName string
	// Trusted deliveries came with a secret key or a verified signature.
	Trusted bool
	// AllowValue takes conversion values from a delivery that is not trusted.
	AllowValue bool
	// ReceivedUS is when the collector received it, microseconds.
	ReceivedUS int64
	// FutureMaxUS is how far after its receipt a record may say it happened, to be set to the receipt; later ones are refused.
	FutureMaxUS int64
	// Import keeps the record's time even when the body has a sentAt.
	Import bool
	// UserAgent is the request's, used when the record has none of its own. Empty for servers.
	UserAgent string
	// Prefetch: the browser said that it loads the page in advance.
	Prefetch bool
	// Address is the browser's; zero for servers, whose records may name the visitor's themselves.
	Address netip.Addr
	// OptOut: the browser sent Global Privacy Control.
	OptOut bool
	// ID is the event's id when the record has none: a webhook's delivery id, with the item's place. Empty: derived from the content.
	ID string
	// Partial deliveries tell what changed and no more: a stage record need not name a stage, and one that names no pipeline fits the rules of any, since the
	// systems that leave it out name stages uniquely.
	Partial bool
}
