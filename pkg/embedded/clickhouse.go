package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

const (
	// clickhouseStart is how long ClickHouse may take to answer: a large data folder takes a while to load.
	clickhouseStart = 2 * time.Minute
	// portTries is how often free ports are picked anew when another process took one between the pick and the start.
	portTries = 5
)

// ClickHouseOptions say where an embedded ClickHouse keeps its data and listens.
type ClickHouseOptions struct {
	// DataDir is ClickHouse's folder; one process at a time.
	DataDir string
	// CacheDir is where the library is kept after it was fetched. Empty: $TRIBUTARY_CACHE_DIR, else the user's cache folder.
	CacheDir string
	// HTTPAddr and TCPAddr are host:port on the same loopback host; port 0 takes a free one. Empty: 127.0.0.1:0.
	HTTPAddr, TCPAddr string
	// Database is the one that user tributary_bi may read. Empty: tributary.
	Database string
	// Readers are further users, each with what it may see. With any, Config asks Migrate for secure views: before that they see nothing.
	Readers []clickhouse.Reader
	// MemoryLimit is what ClickHouse may use for data, in bytes; beyond it a query is refused. 0: 768 MiB.
	MemoryLimit int64
	// Progress is told how much of the library has been fetched. total is 0 when unknown. Nil: nobody is told.
	Progress func(done, total int64)
	// Registry takes ClickHouse's metrics of this package. Nil: none.
	Registry prometheus.Registerer
}

// ClickHouse is a running embedded ClickHouse.
type ClickHouse struct {
	*process

	cfg  clickhouse.Config
	http string
}

// StartClickHouse starts ClickHouse and returns when it answers on both ports. The first time it fetches the library, which takes minutes,
// unless a clickhouse program is on the PATH.
func StartClickHouse(ctx context.Context, o ClickHouseOptions) (*ClickHouse, error) {
	if o.DataDir == "" {
		return nil, errors.New("embedded clickhouse: a data folder is needed")
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("embedded clickhouse: %w", err)
	}
	o.DataDir = dir
	if o.Database == "" {
		o.Database = "tributary"
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = 768 << 20
	}
	if o.HTTPAddr, err = loopbackAddr(o.HTTPAddr); err == nil {
		o.TCPAddr, err = loopbackAddr(o.TCPAddr)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded clickhouse: %w", err)
	}
	engine, err := findEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		ch, err := startClickHouse(ctx, o, engine)
		picked := strings.HasSuffix(o.HTTPAddr, ":0") || strings.HasSuffix(o.TCPAddr, ":0")
		if err == nil || !picked || try == portTries || !strings.Contains(err.Error(), "ddress already in use") {
			return ch, err
		}
	}
}

// engine is what is started: a program, or this program with the library.
type engine struct{ program, library string }

func findEngine(ctx context.Context, o ClickHouseOptions) (engine, error) {
	if program, err := exec.LookPath("clickhouse"); err == nil {
		return engine{program: program}, nil
	}
	library, err := fetchLibrary(ctx, o.CacheDir, o.Progress)
	return engine{library: library}, err
}

func startClickHouse(ctx context.Context, o ClickHouseOptions, e engine) (*ClickHouse, error) {
	lock, err := lockFile(ctx, filepath.Join(o.DataDir, engineClickHouse+".lock"))
	if err != nil {
		return nil, fmt.Errorf("start clickhouse: %w", err)
	}
	defer lock.Close() // the child holds it from here on
	host, httpPort, tcpPort, err := pickPorts(o.HTTPAddr, o.TCPAddr)
	if err != nil {
		return nil, fmt.Errorf("start clickhouse: %w", err)
	}
	token := make([]byte, 16)
	_, _ = rand.Read(token) // never fails
	instance := hex.EncodeToString(token)
	configFile, err := writeConfig(o, instance)
	if err != nil {
		return nil, fmt.Errorf("start clickhouse: %w", err)
	}
	listenHost, listenHTTP, listenTCP, shields, err := behindShields(e, host, httpPort, tcpPort)
	if err != nil {
		return nil, fmt.Errorf("start clickhouse: %w", err)
	}
	own, err := openShields(e, shields)
	if err != nil {
		return nil, fmt.Errorf("start clickhouse: %w", err)
	}
	cmd, err := clickhouseCommand(e, o.DataDir, shields, []string{
		"--config-file=" + configFile,
		"--log-level=error", "--logger.console=1",
		"--listen_host=" + listenHost, "--tcp_port=" + listenTCP, "--http_port=" + listenHTTP,
		"--path=" + filepath.Join(o.DataDir, "data"),
		"--query", "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT * FROM file('/dev/stdin', LineAsString, 'l String') FORMAT Null",
	})
	var p *process
	if err == nil {
		cmd.lock = lock
		p, err = startProcess(cmd)
	}
	if err == nil {
		own.serveFor(p)
		if err = registerMetrics(o.Registry, p); err != nil {
			p.kill()
		}
	}
	if err != nil {
		own.close()
		return nil, err
	}
	ch := &ClickHouse{process: p, http: net.JoinHostPort(host, httpPort), cfg: clickhouse.DefaultConfig()}
	ch.cfg.Addr, ch.cfg.Database, ch.cfg.SecureViews = []string{net.JoinHostPort(host, tcpPort)}, o.Database, len(o.Readers) > 0
	return ch, ch.awaitReady(ctx, instance)
}

func clickhouseCommand(e engine, dir string, shields []shieldSpec, args []string) (command, error) {
	c := command{name: engineClickHouse, dataDir: dir, env: os.Environ()}
	if e.program != "" {
		c.args = append([]string{e.program, "local"}, args...)
		return c, nil
	}
	var err error
	c.args, c.env, err = selfCommand(childSpec{Engine: engineClickHouse, ClickHouse: &clickhouseSpec{
		Library: e.library, Args: append([]string{"clickhouse"}, args...), Shields: shields,
	}})
	// Go stops its threads with signals, which interrupt the library's system calls; nothing here runs long enough to need that.
	c.env = append(c.env, "GODEBUG=asyncpreemptoff=1")
	return c, err
}

// awaitReady asks over HTTP, which ClickHouse opens last, until this very instance answers: another server may have the port. On an
// error the child is gone.
func (c *ClickHouse) awaitReady(ctx context.Context, instance string) error {
	ctx, cancel := context.WithTimeout(ctx, clickhouseStart)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !c.answers(ctx, instance) {
		select {
		case <-tick.C:
		case <-c.Done():
			if s := <-c.status; s.Error != "" { // closed, or a report of why it could not start
				return fmt.Errorf("start clickhouse: %s", s.Error)
			}
			return fmt.Errorf("start clickhouse: %w", c.Err())
		case <-ctx.Done():
			c.kill()
			return fmt.Errorf("wait for clickhouse to answer on %s: %w; last words:\n%s", c.http, ctx.Err(), tail(c.logPath))
		}
	}
	return nil
}

func (c *ClickHouse) answers(ctx context.Context, instance string) bool {
	u := url.URL{Scheme: "http", Host: c.http, RawQuery: url.Values{"query": {"SELECT getMacro('tributary_instance')"}}.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	resp, err := (&http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1024))
	return err == nil && strings.TrimSpace(string(body)) == instance
}

// Config reaches this ClickHouse as its default user, who may do everything.
func (c *ClickHouse) Config() clickhouse.Config { return c.cfg }

// HTTPAddr is the host:port of the HTTP interface, for BI tools.
func (c *ClickHouse) HTTPAddr() string { return c.http }

// pickPorts fills in free ports: ClickHouse takes port 0 for "none".
func pickPorts(httpAddr, tcpAddr string) (host, httpPort, tcpPort string, err error) {
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners { // closed together, so that the two are different
			err = errors.Join(err, l.Close())
		}
	}()
	ports := make([]string, 2)
	hosts := make([]string, 2)
	for i, addr := range []string{httpAddr, tcpAddr} {
		hosts[i], ports[i], _ = net.SplitHostPort(addr)
		if ports[i] != "0" {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return "", "", "", fmt.Errorf("find a free port: %w", err)
		}
		listeners = append(listeners, l)
		_, ports[i], _ = net.SplitHostPort(l.Addr().String())
	}
	if hosts[0] != hosts[1] {
		return "", "", "", fmt.Errorf("HTTP (%s) and TCP (%s) must be on one host", httpAddr, tcpAddr)
	}
	return hosts[0], ports[0], ports[1], nil
}
