package page

import (
	"context"
	"net/http"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Dictionary reads what BI tools find in ClickHouse.
type Dictionary func(ctx context.Context) ([]store.View, error)

type dataView struct {
	frame
	Views []store.View
}

// serveData shows the data dictionary as the database itself tells it.
func (p *Page) serveData(w http.ResponseWriter, r *http.Request) {
	views, err := p.dictionary(r.Context())
	if err != nil {
		p.log.Warn("read the data dictionary", zap.Error(err))
		p.render(w, http.StatusServiceUnavailable, "problem.html", problemView{
			frame: p.frame("ClickHouse cannot be reached"), Title: "ClickHouse cannot be reached",
			Detail: "The data dictionary is read from it. Nothing is lost; try again in a few seconds, and see /readyz.",
		})
		return
	}
	p.render(w, http.StatusOK, "data.html", dataView{frame: p.frame("Data"), Views: views})
}
