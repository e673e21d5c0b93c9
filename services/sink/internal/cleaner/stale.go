package cleaner

import (
	"context"
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/store"
)

// standing is what the topics have now of the rows that are left.
type standing struct {
	workspace string
	// there are the touchpoints and conversions that there are, by topic and key, as far as they are asked for.
	there map[string]bool
	// sets are the latest credit of the journeys that are asked for, by journey and model.
	sets map[string]*creditSet
}

type creditSet struct {
	version int64
	touches map[string]bool
}

// stale returns those of the rows that the topics do not have any more. The sink was off so long that compaction took the message away that says so: what a tombstone has
// replaced it never sees, and no credit set but the latest names the touches that lost theirs.
func (c *Cleaner) stale(ctx context.Context, workspace string, left []store.LeftRow) ([]store.LeftRow, error) {
	now := &standing{workspace: workspace, there: map[string]bool{}, sets: map[string]*creditSet{}}
	for _, r := range left {
		switch r.Table {
		case "touchpoints_rows":
			now.there[rows.TopicTouchpoints+"|"+r.Key[0]] = false
		case "conversions_rows":
			now.there[rows.TopicConversions+"|"+r.Key[0]] = false
		default:
			now.sets[r.Key[0]+"|"+r.Key[1]] = &creditSet{}
		}
	}
	if err := c.orders.Each(ctx, []string{rows.TopicTouchpoints, rows.TopicConversions, rows.TopicCredits}, now.take); err != nil {
		return nil, err
	}
	var out []store.LeftRow
	for _, r := range left {
		if now.isStale(r) {
			out = append(out, r)
		}
	}
	return out, nil
}

// take keeps the last of each key, and of credit the latest version: its sections are records of several keys.
func (s *standing) take(topic string, key, value []byte) {
	if topic == rows.TopicCredits {
		s.credit(value)
		return
	}
	id, ok := strings.CutPrefix(string(key), s.workspace+"|")
	if _, asked := s.there[topic+"|"+id]; !ok || !asked {
		return
	}
	deleted := len(value) == 0
	if m := (&pb.Touchpoint{}); topic == rows.TopicTouchpoints && !deleted {
		deleted = m.UnmarshalVT(value) == nil && m.IsDeleted
	}
	if m := (&pb.ConversionRow{}); topic == rows.TopicConversions && !deleted {
		deleted = m.UnmarshalVT(value) == nil && m.IsDeleted
	}
	s.there[topic+"|"+id] = !deleted
}

func (s *standing) credit(value []byte) {
	m := &pb.CreditSet{}
	if len(value) == 0 || m.UnmarshalVT(value) != nil || m.Workspace != s.workspace {
		return
	}
	set := s.sets[m.JourneyId+"|"+m.Model]
	if set == nil || m.Version < set.version {
		return
	}
	if m.Version > set.version || set.touches == nil {
		set.version, set.touches = m.Version, map[string]bool{}
	}
	for _, r := range m.Rows {
		set.touches[r.TouchpointId] = true
	}
}

func (s *standing) isStale(r store.LeftRow) bool {
	switch r.Table {
	case "touchpoints_rows":
		return !s.there[rows.TopicTouchpoints+"|"+r.Key[0]]
	case "conversions_rows":
		return !s.there[rows.TopicConversions+"|"+r.Key[0]]
	default:
		set := s.sets[r.Key[0]+"|"+r.Key[1]]
		return set.touches == nil || set.version > int64(r.Version) && !set.touches[r.Key[2]]
	}
}
