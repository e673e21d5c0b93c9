package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/broker"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/demo"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	// demoPerSecond is the gentle trickle after the history.
	demoPerSecond = 1.5
	// demoPatience bounds the wait for the history to be attributed.
	demoPatience = 5 * time.Minute
	demoNote     = "demo.json"
	demoTruth    = "demo-truth.ndjson"
)

// demoState is what a data folder remembers of the demo, so that a second start does not tell another history.
type demoState struct {
	Seed uint64    `json:"seed"`
	End  time.Time `json:"end"`
	// Sent says that the collector has all of it; without it the same history is sent again, which changes nothing.
	Sent bool `json:"sent"`
}

// runDemo sends the history, prints the channel table when it has been attributed, and goes on live until ctx ends.
func runDemo(ctx context.Context, s Streams, up *host.Up, cfg *config.Config) error {
	dir, running := datadir.Dir(cfg.Engines.DataDir), up.Running()
	state, err := loadDemo(dir)
	if err != nil {
		return err
	}
	to := replay.DefaultConfig()
	to.Collector, to.Key = running.Collector, running.SecretKey
	sender, err := replay.NewSender(to, replay.NewTally())
	if err != nil {
		return err
	}
	defer sender.Close()
	isNew := !state.Sent
	if isNew {
		if err := sendHistory(ctx, s, dir, sender, &state); err != nil {
			return err
		}
	}
	if err := awaitAttributed(ctx, up); err != nil {
		return err
	}
	if isNew {
		if err := learnDemo(ctx, s, cfg, running); err != nil {
			fmt.Fprintln(s.Err, "demo        no Markov model:", err)
		}
	}
	question := query.ReportRequest{
		URL: running.Query, Token: running.QueryToken, Model: "w_shaped",
		From: state.End.AddDate(0, 0, -demo.DefaultOptions(state.End).Days).Format(time.DateOnly), To: time.Now().UTC().Format(time.DateOnly),
	}
	if err := printReport(ctx, s, question, "table"); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "\nThe page is at %s; what truly influenced each deal is in %s.\n", running.Query, dir.Path(demoTruth))
	return demo.Live(ctx, sender, state.Seed, demoPerSecond, time.Now)
}

func sendHistory(ctx context.Context, s Streams, dir datadir.Dir, sender *replay.Sender, state *demoState) error {
	o := demo.DefaultOptions(state.End)
	o.Seed = state.Seed
	w, err := demo.Generate(o)
	if err != nil {
		return err
	}
	f, err := os.Create(dir.Path(demoTruth))
	if err != nil {
		return err
	}
	if err := errors.Join(w.WriteTruth(f), f.Close()); err != nil {
		return err
	}
	started := time.Now()
	if err := sender.Send(ctx, w.Source()); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "demo        %d records of %d days sent in %s; attributing\n", len(w.Events), o.Days, time.Since(started).Round(10*time.Millisecond))
	state.Sent = true
	return saveDemo(dir, *state)
}

// learnDemo lets a Markov chain over the history run with the other models, so that they can be compared.
func learnDemo(ctx context.Context, s Streams, cfg *config.Config, running datadir.Running) error {
	request := query.ModelsRequest{URL: running.Query, Token: running.QueryToken}
	learned, err := query.AskModelsLearned(ctx, request)
	if err != nil {
		return err
	}
	model, err := learnedModel(learned, learned.Rule)
	if err != nil {
		return err
	}
	flags := modelsFlags{engineFlags: engineFlags{DataDir: cfg.Engines.DataDir}}
	t, err := flags.target(ctx)
	if err != nil {
		return err
	}
	s.Out = s.Err
	return t.bring(ctx, s, &model, true, 0)
}

// awaitAttributed waits until the attributor and the sink have worked off what was sent.
func awaitAttributed(ctx context.Context, up *host.Up) error {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	w, err := broker.NewWatcher(up.Kafka())
	if err != nil {
		return err
	}
	defer w.Close()
	return w.AwaitCaughtUp(ctx, nil)
}

func loadDemo(dir datadir.Dir) (demoState, error) {
	state := demoState{Seed: 1, End: time.Now().UTC().Truncate(time.Minute)}
	text, err := os.ReadFile(dir.Path(demoNote))
	if errors.Is(err, fs.ErrNotExist) {
		return state, saveDemo(dir, state)
	}
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, fmt.Errorf("read %s: %w", dir.Path(demoNote), err)
	}
	return state, nil
}

func saveDemo(dir datadir.Dir, state demoState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return os.WriteFile(dir.Path(demoNote), append(text, '\n'), 0o600)
}
