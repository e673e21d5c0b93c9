package collector_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector"
)

// childEnv carries the configuration of a collector that this test binary runs as a process of its own, to be killed.
const childEnv = "TRIBUTARY_TEST_COLLECTOR"

// runLoadedCollector is the child: it prints its address and runs until its input ends.
func runLoadedCollector() {
	spec := os.Getenv(childEnv)
	if spec == "" {
		return
	}
	var cfg collector.Config
	err := json.Unmarshal([]byte(spec), &cfg)
	if err == nil {
		var svc *collector.Service
		if svc, err = collector.New(cfg, collector.Dependencies{}); err == nil {
			if err = svc.Start(context.Background()); err == nil {
				fmt.Fprintln(os.Stdout, svc.Addr())
				_, _ = io.Copy(io.Discard, os.Stdin)
				os.Exit(0)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// startChild starts a collector process and returns its address.
func startChild(t *testing.T, cfg collector.Config) (*exec.Cmd, string) {
	t.Helper()
	spec, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the collector process did not start: %v", err)
	}
	return cmd, "http://" + strings.TrimSpace(addr)
}

// TestKill sends under load, kills the collector with SIGKILL at random moments, and compares: everything that was acknowledged is on events-v1, and no receipt sequence
// of this machine was given twice. Requests that died may be there or not; their sender has to repeat them.
func TestKill(t *testing.T) {
	const kills, senders = 12, 6
	cfg := testConfig(topics(t))
	cfg.Kafka.Logger, cfg.Kafka.Registry = nil, nil
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("TRIBUTARY_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("repeat with TRIBUTARY_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))

	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for round := range kills {
		cmd, url := startChild(t, cfg)
		var acks atomic.Int64
		var killed atomic.Bool
		killAfter := 20 + rnd.Int64N(200)
		enough := make(chan struct{})
		var once sync.Once
		var wg sync.WaitGroup
		for s := range senders {
			wg.Go(func() {
				for i := 0; !killed.Load(); i++ {
					body, ids := killBody(fmt.Sprintf("r%d-s%d-%d", round, s, i), i%5 == 0)
					if !postTo(url, body) {
						continue // killed, or too slow to acknowledge: neither there for certain nor lost
					}
					mu.Lock()
					for _, id := range ids {
						acknowledged[id] = true
					}
					mu.Unlock()
					if acks.Add(1) >= killAfter {
						once.Do(func() { close(enough) })
					}
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(patience):
			t.Fatalf("the collector acknowledged %d requests of %d in %s", acks.Load(), killAfter, patience)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		killed.Store(true)
		wg.Wait()
	}
	found, seqs := map[string]int{}, map[int64]bool{}
	r := &rig{t: t, kafka: cfg.Kafka}
	for _, e := range r.events() {
		found[e.Msg.Id]++
		if seqs[e.Msg.ReceiptSeq] {
			t.Errorf("receipt sequence %d was given twice", e.Msg.ReceiptSeq)
		}
		seqs[e.Msg.ReceiptSeq] = true
	}
	missing := 0
	for id := range acknowledged {
		if found[id] != 1 {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged events are missing, or there twice", missing, len(acknowledged))
	}
	t.Logf("%d kills, %d events acknowledged, %d stored", kills, len(acknowledged), len(found))
}

// killBody is a page, or a batch of twenty.
func killBody(id string, batch bool) (body string, ids []string) {
	n := 1
	if batch {
		n = 20
	}
	var items []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s-%d", id, i))
		items = append(items, fmt.Sprintf(`{"type":"page","anonymousId":"v-%s","messageId":%q}`, id, ids[i]))
	}
	return "[" + strings.Join(items, ",") + "]", ids
}

// postTo tells whether the answer was 200.
func postTo(url, body string) bool {
	req, err := http.NewRequest(http.MethodPost, url+"/v1/batch", strings.NewReader(body))
	if err != nil {
		return false
	}
	req.SetBasicAuth(secretKey, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK && strings.Contains(string(raw), `"success":true`)
}
