// Package access decides who may read which workspace. Every reader of data asks it for the workspace; none takes the request's word.
package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// Config says what exists and who may see it.
type Config struct {
	// Workspaces that exist; the first is meant when a request names none. At least one.
	Workspaces []string
	// Tokens let readers in. None: everybody who can connect reads everything, which is for loopback addresses.
	Tokens []Token
}

// Token lets its bearer read workspaces, and change what its role allows.
type Token struct {
	// Name stands in the records of what the bearer changed. Empty: "token" and its place in the list.
	Name   string
	Secret string
	// Role of the bearer. Empty: viewer.
	Role Role
	// Workspaces the bearer may read. Empty: all.
	Workspaces []string
}

// openName is who everybody is where no token is asked for.
const openName = "local"

// minTokenBytes keeps tokens from being guessed.
const minTokenBytes = 16

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if len(c.Workspaces) == 0 {
		errs = append(errs, errors.New("workspaces: at least one is needed"))
	}
	for i, t := range c.Tokens {
		if len(t.Secret) < minTokenBytes {
			errs = append(errs, fmt.Errorf("tokens[%d]: a token needs at least %d characters", i, minTokenBytes))
		}
		if t.Role != "" && !IsRole(t.Role) {
			errs = append(errs, fmt.Errorf("tokens[%d]: %q is not a role; there are %s", i, t.Role, roleList()))
		}
		for _, name := range t.Workspaces {
			if !slices.Contains(c.Workspaces, name) {
				errs = append(errs, fmt.Errorf("tokens[%d]: there is no workspace %q", i, name))
			}
		}
	}
	return errors.Join(errs...)
}

// UnknownWorkspaceError is a workspace that does not exist or that the caller may not see: which of the two is not told.
type UnknownWorkspaceError struct{ Visible []string }

// Error implements error.
func (e *UnknownWorkspaceError) Error() string {
	return "there is no such workspace here; you can read: " + strings.Join(e.Visible, ", ")
}

// Gate checks tokens.
type Gate struct {
	workspaces []string
	tokens     []hashedToken
}

type hashedToken struct {
	hash   [sha256.Size]byte
	caller Caller
}

// New returns a gate.
func New(c Config) (*Gate, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	g := &Gate{workspaces: c.Workspaces}
	for i, t := range c.Tokens {
		caller := Caller{Name: t.Name, Role: t.Role, Workspaces: t.Workspaces}
		if caller.Name == "" {
			caller.Name = fmt.Sprintf("token %d", i+1)
		}
		if caller.Role == "" {
			caller.Role = RoleViewer
		}
		if len(caller.Workspaces) == 0 {
			caller.Workspaces = c.Workspaces
		}
		g.tokens = append(g.tokens, hashedToken{sha256.Sum256([]byte(t.Secret)), caller})
	}
	return g, nil
}

type callerKey struct{}

// Require lets authorised requests through, with the workspaces they may read in their context. Browsers are asked for the token as a password,
// so that the page works with tokens too.
func (g *Gate) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := g.caller(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="Tributary: any name, the API token as password", charset="UTF-8"`)
			httpx.WriteProblem(w, r, httpx.NewProblem(http.StatusUnauthorized, "urn:tributary:problem:unauthorized",
				"Send the API token as 'Authorization: Bearer TOKEN', or as the password of a login."))
			return
		}
		inner := r.WithContext(context.WithValue(r.Context(), callerKey{}, caller))
		next.ServeHTTP(w, inner)
		r.Pattern = inner.Pattern // the route, for who observes from outside
	})
}

func (g *Gate) caller(r *http.Request) (Caller, bool) {
	if len(g.tokens) == 0 {
		return Caller{Name: openName, Role: RoleAdmin, Workspaces: g.workspaces, Open: true}, true
	}
	_, given, ok := r.BasicAuth()
	if !ok {
		given, ok = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if !ok {
		return Caller{}, false
	}
	hash := sha256.Sum256([]byte(given))
	for _, t := range g.tokens {
		// Hashes have one length, so the comparison tells nothing by its time.
		if subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 {
			return t.caller, true
		}
	}
	return Caller{}, false
}

// Workspace is the workspace to read for a request that asked for one, or for none. The error is an *UnknownWorkspaceError. Without Require
// before it nothing is visible.
func Workspace(ctx context.Context, asked string) (string, error) {
	visible := CallerOf(ctx).Workspaces
	if asked == "" && len(visible) > 0 {
		return visible[0], nil
	}
	if !slices.Contains(visible, asked) {
		return "", &UnknownWorkspaceError{Visible: visible}
	}
	return asked, nil
}

// Visible are the workspaces that a request may read.
func Visible(ctx context.Context) []string { return CallerOf(ctx).Workspaces }
