// Package webhook takes the deliveries of HubSpot, Salesforce and Pipedrive: it checks that they are the CRM's own and translates each
// into the canonical stage, contact and erase records of pkg/event. It is pure: no clock, no I/O, no logger.
//
// A CRM tells what changed, not how things are. The records are therefore partial: each names only what its delivery says, and the attributor's folding
// keeps, field by field, the latest that was said. Every record has an id made of what identifies the CRM's event, so that repeated deliveries count once.
package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
)

// Provider is a CRM, as it stands in the path of its endpoint and in the source_system of its records.
type Provider string

// The providers.
const (
	HubSpot    Provider = "hubspot"
	Salesforce Provider = "salesforce"
	Pipedrive  Provider = "pipedrive"
)

// Providers are all there are.
func Providers() []Provider { return []Provider{HubSpot, Salesforce, Pipedrive} }

// Errors of Receive for deliveries that are not the CRM's, or not shown to be. They say what to mend and nothing about the secret.
var (
	ErrSignature    = errors.New("the signature does not match")
	ErrHeaders      = errors.New("the headers of a signature this source takes are needed, once each")
	ErrStale        = errors.New("the signature's timestamp is not within five minutes of now")
	ErrCredentials  = errors.New("the credentials are missing or not this source's")
	ErrOrganization = errors.New("the organization is not one of this source's")
)

// Codes of refusals, besides those of package event.
const (
	// CodeGap: Salesforce says that changes happened which it could not describe. They must be fetched from the CRM.
	CodeGap = "gap_event"
	// CodeCurrency: a deal's currency is not the source's, so the amounts that come without one cannot be trusted.
	CodeCurrency = "currency_mismatch"
)

// Source is one CRM's way in: POST /v1/webhooks/{provider}/{name}.
type Source struct {
	auth.Principal

	Provider Provider
	// Secrets: HubSpot's client secrets, Pipedrive's "user:password", Salesforce's tokens. Two stand side by side while one replaces the other.
	Secrets []string
	// PublicURL is how the CRM calls the collector: scheme, host and what a proxy cuts from the path. Empty: https and the request's Host. (HubSpot)
	PublicURL string
	// Signatures are the versions taken, of v1, v2 and v3. Empty: all. Only v3 has a time, so only its replays are refused; those of the
	// others change nothing, as their records have the same ids. (HubSpot)
	Signatures []string
	// Currency is taken for amounts that come without one. ISO 4217; empty: the workspace's.
	Currency string
	// AmountProperty is the property that holds a deal's amount. Empty: amount. With several currencies it has to be
	// amount_in_home_currency: a change of amount comes alone, without the deal's currency. (HubSpot)
	AmountProperty string
	// LeadStages are the lifecycle stages that make a contact a lead. Empty: lead. (HubSpot)
	LeadStages []string
	// Organizations are the organization ids that may send. Empty: all that have the token. (Salesforce)
	Organizations []string
	// StageNames are names of stages by the ids that deliveries have in their place; rules then know the stages by name. What is not named keeps its id.
	StageNames map[string]string
	// IDPrefix goes before the ids of deals, contacts and accounts, for workspaces with several CRMs whose ids could be the same.
	IDPrefix string
}

// Validate says what cannot work.
func (s *Source) Validate() error {
	switch {
	case s.Name == "":
		return errors.New("webhook: a name is needed")
	case !slices.Contains(Providers(), s.Provider):
		return fmt.Errorf("webhook %s: provider %q is not one of %v", s.Name, s.Provider, Providers())
	case len(s.Secrets) == 0:
		return fmt.Errorf("webhook %s: at least one secret is needed", s.Name)
	case s.Currency != "" && !money.IsCurrency(s.Currency):
		return fmt.Errorf("webhook %s: currency %q is not an ISO 4217 code", s.Name, s.Currency)
	case len(s.IDPrefix) > 32:
		return fmt.Errorf("webhook %s: id_prefix is longer than 32 bytes", s.Name)
	}
	for _, v := range s.Signatures {
		if v != "v1" && v != "v2" && v != "v3" {
			return fmt.Errorf("webhook %s: signature %q is not v1, v2 or v3", s.Name, v)
		}
	}
	return s.validateSecrets()
}

// Delivery is one request, as it came.
type Delivery struct {
	Method, Host string
	// URI is path and query, undecoded.
	URI    string
	Header http.Header
	Body   []byte
	Now    time.Time
}

// Item is one record of a delivery, or what is wrong with a part of it.
type Item struct {
	// Record is canonical JSON; nil when Err says why there is none.
	Record []byte
	Err    *event.Error
	// Original is the part of the body that it comes from; Line where that begins in a file, 0 when it is none.
	Original []byte
	Line     int
}

// Batch is what a delivery says.
type Batch struct {
	Items []Item
	// Ignored is how many of its events are of no concern, such as a changed phone number.
	Ignored int
	// Ack is the body that the CRM wants as an answer, AckType its media type. Empty: it is content with any 2xx.
	Ack, AckType string
}

// Set finds sources. It is immutable.
type Set struct {
	sources atomic.Pointer[map[string]*Source]
}

// Replace takes the sources of another set from now on.
func (s *Set) Replace(with *Set) { s.sources.Store(with.sources.Load()) }

// NewSet returns the set of the sources. Names must be unique within a provider.
func NewSet(sources []Source) (*Set, error) {
	all := make(map[string]*Source, len(sources))
	for i := range sources {
		s := sources[i]
		if err := s.Validate(); err != nil {
			return nil, err
		}
		s.Secret = true // of the principal: what is verified may send every type
		key := string(s.Provider) + "/" + s.Name
		if all[key] != nil {
			return nil, fmt.Errorf("webhook %s: the name is there twice", s.Name)
		}
		all[key] = &s
	}
	set := &Set{}
	set.sources.Store(&all)
	return set, nil
}

// Find returns a source, nil when there is none.
func (s *Set) Find(p Provider, name string) *Source {
	if s == nil {
		return nil
	}
	return (*s.sources.Load())[string(p)+"/"+name]
}

// Verify says whether a delivery is the CRM's own. The error is one of those above. The body is looked at as bytes only.
func (s *Source) Verify(d Delivery) error {
	switch s.Provider {
	case HubSpot:
		return s.verifyHubSpot(d)
	case Pipedrive:
		return s.verifyBasic(d)
	default:
		return s.verifyToken(d)
	}
}

// Decode translates a verified delivery. The error is ErrOrganization, or an *event.Error about the body as a whole.
func (s *Source) Decode(body []byte) (Batch, error) {
	switch s.Provider {
	case HubSpot:
		return s.decodeHubSpot(body)
	case Pipedrive:
		return s.decodePipedrive(body)
	default:
		return s.decodeSalesforce(body)
	}
}
