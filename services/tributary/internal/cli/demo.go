package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/demo"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

type demoCommand struct {
	collectorFlags
	Seed     uint64        `help:"Which world." default:"1"`
	Days     int           `help:"Length of the history." default:"400"`
	Accounts int           `help:"Companies in the world." default:"850"`
	Until    day           `help:"Last day of the history, YYYY-MM-DD; without it, up to now." placeholder:"DAY"`
	Truth    string        `help:"File for the truth: who was influenced by what, as NDJSON." default:"demo-truth.ndjson" placeholder:"FILE"`
	Rate     float64       `help:"After the history, go on live with so many events a second; 0 ends instead." default:"0"`
	Load     int           `help:"Instead of the story, a steady load of so many events a second." placeholder:"N"`
	For      time.Duration `help:"End the load, or the live part, after this time; 0 goes on until stopped." default:"0"`
	Out      string        `help:"Write the history to a file as NDJSON instead of sending it." placeholder:"FILE"`
}

// Run tells the story or makes the load.
func (c *demoCommand) Run(ctx context.Context, s Streams) error {
	if c.Out != "" {
		return c.write(s)
	}
	cfg := replay.DefaultConfig()
	if err := c.target(&cfg); err != nil {
		return err
	}
	if c.Load > 0 {
		return c.load(ctx, s, cfg)
	}
	w, err := c.world()
	if err != nil {
		return err
	}
	if err := c.writeTruth(w); err != nil {
		return err
	}
	if err := send(ctx, s, cfg, replay.NewTally(), &replay.Meter{}, w.Source()); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d opportunities; their truth is in %s\n", len(w.Truth), c.Truth)
	if c.Rate <= 0 {
		return nil
	}
	return c.live(ctx, s, cfg)
}

func (c *demoCommand) world() (*demo.World, error) {
	o := demo.DefaultOptions(time.Now().UTC())
	o.Seed, o.Days, o.Accounts = c.Seed, c.Days, c.Accounts
	if c.Until != "" {
		last, err := time.Parse(time.DateOnly, string(c.Until))
		if err != nil {
			return nil, err // not reached: the flag was checked
		}
		o.End = last.AddDate(0, 0, 1)
	}
	return demo.Generate(o)
}

// write puts the history and its truth into files.
func (c *demoCommand) write(s Streams) (err error) {
	w, err := c.world()
	if err != nil {
		return err
	}
	f, err := os.Create(c.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, e := range w.Events {
		if _, err := f.Write(append(e.Item.Body, '\n')); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Out, "%d records in %s, the truth of %d opportunities in %s\n", len(w.Events), c.Out, len(w.Truth), c.Truth)
	return c.writeTruth(w)
}

func (c *demoCommand) writeTruth(w *demo.World) (err error) {
	f, err := os.Create(c.Truth)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return w.WriteTruth(f)
}

func (c *demoCommand) live(ctx context.Context, s Streams, cfg replay.Config) error {
	ctx, cancel := c.limit(ctx)
	defer cancel()
	sender, err := replay.NewSender(cfg, replay.NewTally())
	if err != nil {
		return err
	}
	defer sender.Close()
	fmt.Fprintf(s.Err, "live: %g events a second until stopped\n", c.Rate)
	return demo.Live(ctx, sender, c.Seed, c.Rate, time.Now)
}

func (c *demoCommand) load(ctx context.Context, s Streams, cfg replay.Config) error {
	ctx, cancel := c.limit(ctx)
	defer cancel()
	tally := replay.NewTally()
	sender, err := replay.NewSender(cfg, tally)
	if err != nil {
		return err
	}
	defer sender.Close()
	start := time.Now()
	stop := replay.Progress(s.Err, tally, &replay.Meter{})
	load := demo.Load{Rate: c.Load, Seed: c.Seed, Prefix: fmt.Sprintf("load%d", start.UnixNano())}
	_, err = load.Run(ctx, sender, time.Now)
	stop()
	summarize(s.Out, tally, time.Since(start))
	return err
}

func (c *demoCommand) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.For > 0 {
		return context.WithTimeout(ctx, c.For)
	}
	return context.WithCancel(ctx)
}
