package query_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/telemetry"
	"github.com/tributary-attribution/tributary/services/query"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// patience is how long a condition may take: conditions end as soon as they hold, and machines are slow.
const patience = 3 * time.Minute

// world is a running service on a database of its own.
type world struct {
	t    *testing.T
	url  string
	conn driver.Conn
	// db is the database it reads.
	db clickhouse.Config
}

// now is the service's clock: two minutes after everything was recorded.
var (
	recorded = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	now      = recorded.Add(2 * time.Minute)
)

func newWorld(t *testing.T, change func(*query.Config)) *world {
	t.Helper()
	return newWorldOn(t, enginetest.ClickHouse(t), change)
}

// newWorldOn is a world on a given database.
func newWorldOn(t *testing.T, db clickhouse.Config, change func(*query.Config)) *world {
	t.Helper()
	return newWorldAt(t, db, now, change)
}

// newWorldAt is a world on a given database at a given time.
func newWorldAt(t *testing.T, db clickhouse.Config, at time.Time, changes ...func(*query.Config)) *world {
	t.Helper()
	return newWorldLogged(t, db, at, zaptest.NewLogger(t), changes...)
}

// newWorldLogged is newWorldAt with a given log.
func newWorldLogged(t *testing.T, db clickhouse.Config, at time.Time, log *zap.Logger, changes ...func(*query.Config)) *world {
	t.Helper()
	if err := clickhouse.Migrate(t.Context(), db, zaptest.NewLogger(t)); err != nil {
		t.Fatal(err)
	}
	cfg := query.DefaultConfig()
	cfg.ClickHouse, cfg.HTTP.Addr = db, "127.0.0.1:0"
	cfg.Workspaces = append(cfg.Workspaces, query.Workspace{Name: "other", BaseCurrency: "EUR"})
	for _, change := range changes {
		if change != nil {
			change(&cfg)
		}
	}
	w := &world{t: t, url: startLogged(t, cfg, at, log), db: db}
	conn, err := clickhouse.Open(db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w.conn = conn
	return w
}

// start runs a service until the test ends and returns its URL.
func start(t *testing.T, cfg query.Config) string {
	t.Helper()
	return startAt(t, cfg, now)
}

// startAt is start with a clock that stands still.
func startAt(t *testing.T, cfg query.Config, at time.Time) string {
	t.Helper()
	return startLogged(t, cfg, at, zaptest.NewLogger(t))
}

// startLogged is startAt with a given log.
func startLogged(t *testing.T, cfg query.Config, at time.Time, log *zap.Logger) string {
	t.Helper()
	reg := telemetry.NewRegistry()
	s, err := query.New(cfg, query.Dependencies{Logger: log, Registry: reg, Gatherer: reg, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own context has ended
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return s.URL()
}

// cell is a row of cells_rows, with what tests do not care about left to its defaults.
type cell struct {
	workspace, basis, day, model, channel, campaign, currency string
	touchpoints, conversions, conversionValue, opportunities  int64
	pipeline, customers, revenue                              int64
	version                                                   uint64
}

func (w *world) cells(cells ...cell) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO cells_rows (workspace, basis, day, model, channel, campaign, currency, exponent,
		touchpoints, conversions_nano, conversion_value_minor, opportunities_nano, pipeline_minor, customers_nano, revenue_minor, recorded_at, version)`)
	w.check(err)
	for _, c := range cells {
		workspace := c.workspace
		if workspace == "" {
			workspace = "default"
		}
		w.check(batch.Append(workspace, c.basis, day(w.t, c.day), c.model, c.channel, c.campaign, c.currency, uint8(2), c.touchpoints, c.conversions,
			c.conversionValue, c.opportunities, c.pipeline, c.customers, c.revenue, recorded, c.version))
	}
	w.check(batch.Send())
	models, err := w.conn.PrepareBatch(w.t.Context(), "INSERT INTO models_rows (workspace, model)")
	w.check(err)
	for _, c := range cells {
		workspace := c.workspace
		if workspace == "" {
			workspace = "default"
		}
		if c.model != "" {
			w.check(models.Append(workspace, c.model))
		}
	}
	w.check(models.Send())
}

// spend is a row of spend_rows.
type spend struct {
	workspace, day, channel, campaign, currency string
	minor, impressions, clicks                  int64
}

func (w *world) spends(rows ...spend) {
	w.t.Helper()
	batch, err := w.conn.PrepareBatch(w.t.Context(),
		"INSERT INTO spend_rows (workspace, day, spend_key, channel, campaign, currency, exponent, spend_minor, impressions, clicks, received_at, version)")
	w.check(err)
	for _, s := range rows {
		workspace := s.workspace
		if workspace == "" {
			workspace = "default"
		}
		w.check(batch.Append(workspace, day(w.t, s.day), s.channel+s.campaign, s.channel, s.campaign, s.currency, uint8(2), s.minor, s.impressions,
			s.clicks, recorded, uint64(1)))
	}
	w.check(batch.Send())
}

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// get asks and returns status, headers and body, which are held against the API's document.
func get(t *testing.T, url string, headers ...string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	conforms(t, http.MethodGet, url, response.StatusCode, response.Header, string(body))
	return response.StatusCode, response.Header, string(body)
}

// answered decodes an answer that must be one.
func answered[T any](w *world, path string) T {
	w.t.Helper()
	status, _, body := get(w.t, w.url+path)
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, status, body)
	}
	var answer T
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&answer); err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	return answer
}
