package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Role is what a bearer may do. Each role may do what those before it may.
type Role string

// The roles, the least first: look, save views, close months and approve, change rates and everything else.
const (
	RoleViewer   Role = "viewer"
	RoleEditor   Role = "editor"
	RoleApprover Role = "approver"
	RoleAdmin    Role = "admin"
)

// Roles are all roles, the least first.
func Roles() []Role { return []Role{RoleViewer, RoleEditor, RoleApprover, RoleAdmin} }

// IsRole tells whether a word is a role.
func IsRole(r Role) bool { return slices.Contains(Roles(), r) }

// Includes tells whether r may do what other may.
func (r Role) Includes(other Role) bool {
	mine, theirs := slices.Index(Roles(), r), slices.Index(Roles(), other)
	return theirs >= 0 && mine >= theirs
}

// Actions are what the API lets a bearer do, and the least role for each. Clients get the words from /me and hide what is not in it.
func Actions() []Action {
	return []Action{
		{"read", RoleViewer}, {"save_views", RoleEditor}, {"close_periods", RoleApprover}, {"change_rates", RoleAdmin},
	}
}

// Action is something that needs a role.
type Action struct {
	Name string
	Role Role
}

// Caller is who asks: what the gate knows of the token.
type Caller struct {
	// Name is the token's; records of changes carry it.
	Name string
	Role Role
	// Workspaces the caller may read.
	Workspaces []string
	// Open says that no token was needed: a loopback address in development, or a guard in front.
	Open bool
}

// Can are the actions that the caller's role allows.
func (c Caller) Can() []string {
	can := []string{}
	for _, a := range Actions() {
		if c.Role.Includes(a.Role) {
			can = append(can, a.Name)
		}
	}
	return can
}

// CallerOf is who made the request. Without Require before it nobody, who may read nothing.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// ForbiddenError is a request that the caller's role does not allow.
type ForbiddenError struct{ Has, Needs Role }

// Error implements error.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("this needs the role %s; this token's is %s", e.Needs, e.Has)
}

// Status is the HTTP status of the refusal.
func (e *ForbiddenError) Status() int { return http.StatusForbidden }

// Permit says whether the caller may do what needs a role. The error is a *ForbiddenError.
func Permit(ctx context.Context, needs Role) error {
	if c := CallerOf(ctx); !c.Role.Includes(needs) {
		return &ForbiddenError{Has: c.Role, Needs: needs}
	}
	return nil
}

// roleList is for messages.
func roleList() string {
	words := []string{}
	for _, r := range Roles() {
		words = append(words, string(r))
	}
	return strings.Join(words, ", ")
}
