package erasure

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Reach finds the ids that requests can lead to: all that events join, however loosely. A plan needs the events of those, and, where rules ask what is
// known of an account, what is said of accounts.
type Reach struct {
	rules   *rules.Set
	parent  map[string]string
	wanted  []string
	reached map[string]bool
	// deals are who is named by the records of each deal, in workspaces whose rules have conditions: a deal says where people belong.
	deals map[string][]string
	// keys are of records that were taken.
	keys map[string]bool
}

// NewReach starts at the ids of the requests.
func NewReach(requests []Request, set *rules.Set) *Reach {
	r := &Reach{rules: set, parent: make(map[string]string), deals: make(map[string][]string), keys: make(map[string]bool)}
	for _, q := range requests {
		for _, id := range q.IDs {
			r.wanted = append(r.wanted, q.Workspace+"|"+id)
		}
	}
	return r
}

// Connect joins the ids of an event. Deals join nobody: that people work at one company does not make them one. Call it for all events before Has.
func (r *Reach) Connect(e *pb.Event) {
	if e == nil {
		return
	}
	ids := mentioned(e)
	if e.GetStage() != nil {
		if deal := dealOf(e); isConditional(r.rules.For(e.Workspace)) {
			for _, id := range ids {
				if !slices.Contains(r.deals[deal], id) {
					r.deals[deal] = append(r.deals[deal], id)
				}
			}
		}
		return
	}
	for _, id := range ids[min(1, len(ids)):] {
		a, b := r.find(e.Workspace+"|"+ids[0]), r.find(e.Workspace+"|"+id)
		if a != b {
			r.parent[a] = b
		}
	}
}

func dealOf(e *pb.Event) string { return e.Workspace + "|" + e.GetStage().GetOpportunityId() }

func (r *Reach) find(id string) string {
	for {
		up, ok := r.parent[id]
		if !ok {
			return id
		}
		if further, ok := r.parent[up]; ok {
			r.parent[id] = further
		}
		id = up
	}
}

// Takes tells whether a plan needs a record; it is asked for the records of a key in their order. What follows a record that is needed under its key is needed as well, though it names
// nobody any more: without it the record that it replaced would seem to stand.
func (r *Reach) Takes(key []byte, e *pb.Event) bool {
	if e == nil {
		return true
	}
	isUnique := len(identity.KeySubject(key)) < len(key)
	if isUnique && r.keys[string(key)] {
		return true
	}
	if !r.Has(e) {
		return false
	}
	if isUnique {
		r.keys[string(key)] = true
	}
	return true
}

// Has tells whether a plan needs an event: it names an id that the requests lead to, is a copy of an event that one of them names, says something of an
// account that decides about conversions, or is what an earlier erasure left: a copy that comes late needs no second stub.
func (r *Reach) Has(e *pb.Event) bool {
	if r.reached == nil {
		r.reached = make(map[string]bool)
		for _, id := range r.wanted {
			r.reached[r.find(id)] = true
		}
	}
	if e.GetErased() != nil || e.GetTrack().GetIsStub() || r.reached[e.Workspace+"|"+eventMark+e.Id] {
		return true
	}
	if r.hasAny(e, mentioned(e)) {
		return true
	}
	return isConditional(r.rules.For(e.Workspace)) && (r.hasAny(e, r.deals[dealOf(e)]) || isAboutAccount(e))
}

func (r *Reach) hasAny(e *pb.Event, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return r.reached[r.find(e.Workspace+"|"+id)] })
}

// isAboutAccount tells that an event says what an account is like, or which account stands for it.
func isAboutAccount(e *pb.Event) bool {
	return e.AccountId != "" && (e.GetAccount() != nil || e.GetGroup() != nil && len(e.Attributes) > 0 || e.GetStage().GetAccountDomain() != "")
}
