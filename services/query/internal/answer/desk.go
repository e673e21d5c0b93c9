package answer

import (
	"context"
	"errors"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
)

// ErrNotFound is something saved that is not there; wrapped with what and its id.
var ErrNotFound = errors.New("there is no such thing here")

// ErrReadOnly is a change asked of a service that has nowhere to keep it.
var ErrReadOnly = errors.New("this service keeps nothing")

// ErrNotKept is a change that Kafka did not acknowledge.
var ErrNotKept = errors.New("the change was not acknowledged")

// ConflictError is a change that does not fit what is there: closing a closed month.
type ConflictError struct{ Reason string }

// Error implements error.
func (e *ConflictError) Error() string { return e.Reason }

// Actor is who changes something, and where. Both come from whoever authorised the request.
type Actor struct{ Workspace, Name string }

// Me answers who the caller is.
func (a *Answerer) Me(ctx context.Context, caller access.Caller) (*Me, error) {
	me := &Me{Name: caller.Name, Role: string(caller.Role), Open: caller.Open, Workspaces: []MyWorkspace{}, Can: caller.Can(), Models: []string{}}
	for _, w := range caller.Workspaces {
		me.Workspaces = append(me.Workspaces, MyWorkspace{Name: w, BaseCurrency: a.cfg.BaseCurrency[w]})
	}
	if len(caller.Workspaces) == 0 {
		return me, nil
	}
	models, err := a.source.Models(ctx, caller.Workspaces[0])
	if err != nil {
		return nil, err
	}
	f := &frame{available: models}
	me.Models = models
	me.DefaultModel, err = f.model("", a.cfg.Model)
	return me, err
}
