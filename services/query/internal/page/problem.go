package page

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/pkg/httpx"
)

// frame is what every page has.
type frame struct {
	Title    string
	StyleURL string
}

func (p *Page) frame(title string) frame { return frame{Title: title, StyleURL: p.styleURL} }

// problemView is a page that could not be shown.
type problemView struct {
	frame
	Title, Detail string
}

// writeProblem answers programs.
func writeProblem(w http.ResponseWriter, r *http.Request, m *huma.ErrorModel) {
	httpx.WriteProblem(w, r, &httpx.Problem{Type: m.Type, Title: m.Title, Status: m.Status, Detail: m.Detail})
}
