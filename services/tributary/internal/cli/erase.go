package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/config"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// answerMax bounds what is read of the collector's answer.
const answerMax = 64 << 10

type eraseCommand struct {
	engineFlags
	CollectorURL address       `name:"collector" help:"Collector's address; without it, the one running on the data folder." placeholder:"URL"`
	Key          string        `help:"Secret key of the workspace; without it, that of the data folder." env:"TRIBUTARY_KEY" placeholder:"K"`
	Email        string        `help:"E-mail address, or sha256: and its digest."`
	ContactID    string        `name:"contact-id" help:"Contact of the CRM."`
	UserID       string        `name:"user-id" help:"User of the product or shop."`
	AnonymousID  string        `name:"anonymous-id" help:"Browser."`
	Reason       string        `help:"Why." enum:"request,consent" default:"request"`
	Wait         time.Duration `help:"How long to follow it; 0 sends the request only." default:"10m"`
}

// Run sends the request and, unless told not to wait, prints what became of it. An erasure that is not done in time is exit code 1; it goes on.
func (c *eraseCommand) Run(ctx context.Context, s Streams) error {
	if c.Email == "" && c.ContactID == "" && c.UserID == "" && c.AnonymousID == "" {
		return usage("say whom to erase: --email, --contact-id, --user-id or --anonymous-id")
	}
	cfg, err := c.loadRunning()
	if err != nil {
		return err
	}
	target := replay.DefaultConfig()
	if err := (collectorFlags{dataDirFlag: dataDirFlag{DataDir: cfg.Engines.DataDir}, CollectorURL: c.CollectorURL, Key: c.Key}).target(&target); err != nil {
		return err
	}
	secret, err := erasureSecret(cfg)
	if err != nil && c.Wait > 0 {
		return err
	}
	id := "erase-" + rand.Text()
	if err := c.send(ctx, target, id); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "accepted    request %s\n", id)
	if c.Wait == 0 {
		return nil
	}
	return c.follow(ctx, s, cfg, secret, id)
}

// erasureSecret is the configured one, or the data folder's own.
func erasureSecret(cfg *config.Config) ([]byte, error) {
	if s := cfg.Attributor.ErasureSecret.Reveal(); s != "" {
		return []byte(s), nil
	}
	keys, err := datadir.Dir(cfg.Engines.DataDir).Keys()
	if err != nil {
		return nil, fmt.Errorf("without the erasure secret the request cannot be followed: %w", err)
	}
	return []byte(keys.Erasure), nil
}

// send posts the request to the collector.
func (c *eraseCommand) send(ctx context.Context, to replay.Config, id string) error {
	body := map[string]string{"id": id, "reason": c.Reason}
	for name, value := range map[string]string{"email": c.Email, "contact_id": c.ContactID, "user_id": c.UserID, "anonymous_id": c.AnonymousID} {
		if value != "" {
			body[name] = value
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Collector+"/v1/erase", bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.SetBasicAuth(to.Key, "")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the collector at %s: %w", to.Collector, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return fmt.Errorf("read the collector's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: %w", to.Collector, replay.RefusalOf(resp.StatusCode, answer))
	}
	return nil
}

// follow waits for the report and prints it.
func (c *eraseCommand) follow(ctx context.Context, s Streams, cfg *config.Config, secret []byte, id string) error {
	engines, err := host.NewEngines(cfg, zap.NewNop(), nil, s.Err)
	if err != nil {
		return err
	}
	names := make(map[string]bool)
	for _, w := range cfg.Workspaces {
		names[attributor.ErasureID(secret, w.Name, id)] = true
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	state, began := pb.ErasureState_ERASURE_STATE_UNSPECIFIED, time.Now()
	var report *pb.Erasure
	err = broker.FollowErasures(ctx, engines.Kafka, func(e *pb.Erasure) bool {
		if !names[e.ErasureId] {
			return false
		}
		if e.State != state {
			state = e.State
			fmt.Fprintf(s.Err, "%-11s after %s\n", erasureStates[state], time.Since(began).Round(time.Millisecond))
		}
		report = e
		return state == pb.ErasureState_ERASURE_STATE_DONE
	})
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Fprintf(s.Out, "NOT done after %s: %s; it goes on\n", c.Wait, erasureStates[state])
		return errSilent
	}
	if err != nil {
		return err
	}
	printErasure(s.Out, report, engines.EmbedsKafka() || len(c.Brokers) == 0)
	return nil
}

// erasureStates are how far an erasure has come, for people.
var erasureStates = map[pb.ErasureState]string{
	pb.ErasureState_ERASURE_STATE_UNSPECIFIED: "waiting", pb.ErasureState_ERASURE_STATE_EDITED: "edited",
	pb.ErasureState_ERASURE_STATE_APPLIED: "applied", pb.ErasureState_ERASURE_STATE_DONE: "done",
}

// printErasure prints the proof, and what is still on disk for a while.
func printErasure(w io.Writer, e *pb.Erasure, maybeEmbedded bool) {
	fmt.Fprintf(w, "done        %s in workspace %s, up to %s\n", e.ErasureId, e.Workspace, time.UnixMicro(e.UntilUs).UTC().Format(time.RFC3339))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "persons\t%d\n", e.Persons)
	fmt.Fprintf(t, "events removed\t%d\n", e.RemovedEvents)
	fmt.Fprintf(t, "events of others without the ids\t%d\n", e.RedactedEvents)
	fmt.Fprintf(t, "touches kept as (erased)\t%d\n", e.Touches)
	fmt.Fprintf(t, "conversions kept without a person\t%d\n", e.Conversions)
	for _, table := range slices.Sorted(maps.Keys(e.RemovedByTable)) {
		fmt.Fprintf(t, "rows removed from %s\t%d\n", table, e.RemovedByTable[table])
	}
	_ = t.Flush() // a terminal that is gone reads no more
	fmt.Fprintln(w, "nothing left: a second look at every table found no row")
	fmt.Fprintln(w, "still on disk for a while: records that Kafka has yet to compact, refused input on rejected-v1 (30 days), ClickHouse's replaced parts (8 minutes), backups")
	if maybeEmbedded {
		fmt.Fprintln(w, "an embedded broker never compacts: its files keep the old records until the data folder is made anew (docs/privacy.md)")
	}
}
