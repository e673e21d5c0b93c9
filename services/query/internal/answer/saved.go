package answer

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/plans"
)

// Kinds of what is saved.
const (
	kindView   = "view"
	kindPeriod = "period"
	kindRates  = "rates"
	kindAudit  = "audit"
)

// Book keeps what people save. *plans.Book is one.
type Book interface {
	List(ctx context.Context, workspace, kind string) ([]plans.Record, error)
	Change(ctx context.Context, workspace, kind string, change func(saved map[string]plans.Record, at time.Time) ([]plans.Record, error)) error
}

var _ Book = (*plans.Book)(nil)

// change keeps a change and who made it, and says what a client can act on when that fails.
func (a *Answerer) change(ctx context.Context, by Actor, kind, action string,
	change func(saved map[string]plans.Record, at time.Time) ([]plans.Record, error),
) error {
	err := a.cfg.Book.Change(ctx, by.Workspace, kind, func(saved map[string]plans.Record, at time.Time) ([]plans.Record, error) {
		records, err := change(saved, at)
		if err != nil {
			return nil, err
		}
		entries := make([]plans.Record, 0, len(records))
		for _, r := range records {
			entry, err := auditRecord(by, action, r, at)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
		return append(records, entries...), nil
	})
	switch {
	case errors.Is(err, plans.ErrReadOnly):
		return ErrReadOnly
	case errors.Is(err, plans.ErrNotKept):
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return err
}

// auditBody is an entry of the audit as it is kept.
type auditBody struct {
	Kind   string          `json:"kind"`
	ID     string          `json:"id"`
	Action string          `json:"action"`
	By     string          `json:"by"`
	At     time.Time       `json:"at"`
	Detail json.RawMessage `json:"detail"`
}

// maxAuditDetail keeps an entry smaller than what it tells of: a day of rates, a view.
const maxAuditDetail = 4096

func auditRecord(by Actor, action string, r plans.Record, at time.Time) (plans.Record, error) {
	detail := json.RawMessage(r.Body)
	if len(detail) > maxAuditDetail || len(detail) == 0 {
		detail = json.RawMessage("null")
	}
	body, err := json.Marshal(auditBody{Kind: r.Kind, ID: r.ID, Action: action, By: by.Name, At: at, Detail: detail})
	if err != nil {
		return plans.Record{}, fmt.Errorf("write down the change of %s %s: %w", r.Kind, r.ID, err)
	}
	// The time leads, so that ids sort by it. Kind and id alone would not keep two changes of one thing in one moment apart, which two replicas can make:
	// the later entry would replace the earlier, and an audit loses nothing.
	return plans.Record{Kind: kindAudit, ID: at.Format("20060102T150405.000000Z") + " " + r.Kind + " " + r.ID + " " + rand.Text(), Body: string(body)}, nil
}

// Audit answers who changed what, the latest first.
func (a *Answerer) Audit(ctx context.Context, workspace, kind string, limit, offset int) (*Audit, error) {
	records, err := a.cfg.Book.List(ctx, workspace, kindAudit)
	if err != nil {
		return nil, err
	}
	slices.Reverse(records)
	out := &Audit{Workspace: workspace, Rows: []AuditEntry{}, Page: Page{Limit: limit, Offset: offset}}
	entries := []AuditEntry{}
	for _, r := range records {
		var body auditBody
		if json.Unmarshal([]byte(r.Body), &body) != nil || kind != "" && body.Kind != kind {
			continue
		}
		entries = append(entries, AuditEntry{
			Kind: body.Kind, ID: body.ID, Action: body.Action, At: body.At, By: body.By, Version: r.Version, Detail: body.Detail,
		})
	}
	out.Page.Total = len(entries)
	out.Rows = append(out.Rows, cut(entries, limit, offset)...)
	return out, nil
}

// viewBody is a saved view as it is kept.
type viewBody struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Role    string `json:"role"`
	By      string `json:"by"`
}

// maxViews bounds the views of a workspace.
const maxViews = 1000

func viewOf(r plans.Record) (SavedView, bool) {
	var body viewBody
	err := json.Unmarshal([]byte(r.Body), &body)
	return SavedView{
		ID: r.ID, Name: body.Name, Address: body.Address, Role: body.Role, UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: body.By, Version: r.Version,
	}, err == nil
}

// Views answers with the saved views of a workspace.
func (a *Answerer) Views(ctx context.Context, workspace string) (*SavedViews, error) {
	records, err := a.cfg.Book.List(ctx, workspace, kindView)
	if err != nil {
		return nil, err
	}
	out := &SavedViews{Workspace: workspace, Rows: []SavedView{}}
	for _, r := range records {
		if v, ok := viewOf(r); ok {
			out.Rows = append(out.Rows, v)
		}
	}
	slices.SortFunc(out.Rows, func(x, y SavedView) int { return strings.Compare(x.Name+"\x00"+x.ID, y.Name+"\x00"+y.ID) })
	return out, nil
}

// View answers with one saved view.
func (a *Answerer) View(ctx context.Context, workspace, id string) (*SavedView, error) {
	views, err := a.Views(ctx, workspace)
	if err != nil {
		return nil, err
	}
	for _, v := range views.Rows {
		if v.ID == id {
			return &v, nil
		}
	}
	return nil, fmt.Errorf("saved view %q: %w", id, ErrNotFound)
}

// SaveView creates or replaces a view.
func (a *Answerer) SaveView(ctx context.Context, by Actor, id string, v SavedViewBody) (*SavedView, error) {
	// Anything but a path of our own would make a saved view a link that leads people elsewhere.
	if !strings.HasPrefix(v.Address, "/") || strings.HasPrefix(v.Address, "//") || strings.ContainsAny(v.Address, "\\\r\n\t\x00") {
		return nil, invalid("address", "must be a path of this dashboard with its query, beginning with one /")
	}
	if strings.TrimSpace(v.Name) == "" {
		return nil, invalid("name", "is missing")
	}
	body, err := json.Marshal(viewBody{Name: v.Name, Address: v.Address, Role: v.Role, By: by.Name})
	if err != nil {
		return nil, fmt.Errorf("write view %s: %w", id, err)
	}
	err = a.change(ctx, by, kindView, "save", func(saved map[string]plans.Record, _ time.Time) ([]plans.Record, error) {
		if _, exists := saved[id]; !exists && len(saved) >= maxViews {
			return nil, &ConflictError{Reason: fmt.Sprintf("a workspace has at most %d saved views; delete one first", maxViews)}
		}
		return []plans.Record{{Kind: kindView, ID: id, Body: string(body)}}, nil
	})
	if err != nil {
		return nil, err
	}
	return a.View(ctx, by.Workspace, id)
}

// DeleteView deletes a view.
func (a *Answerer) DeleteView(ctx context.Context, by Actor, id string) error {
	return a.change(ctx, by, kindView, "delete", func(saved map[string]plans.Record, _ time.Time) ([]plans.Record, error) {
		r, exists := saved[id]
		if !exists || r.IsDeleted {
			return nil, fmt.Errorf("saved view %q: %w", id, ErrNotFound)
		}
		return []plans.Record{{Kind: kindView, ID: id, Body: r.Body, IsDeleted: true}}, nil
	})
}
