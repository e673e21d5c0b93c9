package page

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// problemView is a page that could not be shown.
type problemView struct {
	frame
	Title, Detail string
	// Retry says that trying again may help; Again is where.
	Retry bool
	Again string
}

// writeProblem answers programs.
func writeProblem(w http.ResponseWriter, r *http.Request, m *huma.ErrorModel) {
	httpx.WriteProblem(w, r, &httpx.Problem{Type: m.Type, Title: m.Title, Status: m.Status, Detail: m.Detail})
}
