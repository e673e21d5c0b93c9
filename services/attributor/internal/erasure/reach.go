package erasure

import (
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Reach finds the ids that requests can lead to: all that events join, however loosely. A plan needs the events of those and of nobody else.
type Reach struct {
	parent  map[string]string
	wanted  []string
	reached map[string]bool
}

// NewReach starts at the ids of the requests.
func NewReach(requests []Request) *Reach {
	r := &Reach{parent: make(map[string]string)}
	for _, q := range requests {
		for _, id := range q.IDs {
			r.wanted = append(r.wanted, q.Workspace+"|"+id)
		}
	}
	return r
}

// Connect joins the ids of an event. Deals join nobody: that people work at one company does not make them one. Call it for all events before Has.
func (r *Reach) Connect(e *pb.Event) {
	if e == nil || e.GetStage() != nil {
		return
	}
	ids := mentioned(e)
	for _, id := range ids[min(1, len(ids)):] {
		a, b := r.find(e.Workspace+"|"+ids[0]), r.find(e.Workspace+"|"+id)
		if a != b {
			r.parent[a] = b
		}
	}
}

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

// Has tells whether an event names an id that the requests lead to, or is a copy of an event that one of them names.
func (r *Reach) Has(e *pb.Event) bool {
	if r.reached == nil {
		r.reached = make(map[string]bool)
		for _, id := range r.wanted {
			r.reached[r.find(id)] = true
		}
	}
	if e.GetErased() != nil || r.reached[e.Workspace+"|"+eventMark+e.Id] {
		return true
	}
	for _, id := range mentioned(e) {
		if r.reached[r.find(e.Workspace+"|"+id)] {
			return true
		}
	}
	return false
}
