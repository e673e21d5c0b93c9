package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

type replayCommand struct {
	collectorFlags
	Files    []string      `arg:"" help:"NDJSON, or CSV of a known shape; - is standard input."`
	Parallel int           `help:"Requests in flight at most." default:"4"`
	RetryFor time.Duration `help:"How long one request is tried again while the collector is away or busy." default:"5m"`
}

// Run sends the files and reports; any rejected record makes it fail.
func (c *replayCommand) Run(ctx context.Context, s Streams) error {
	if c.Parallel < 1 || c.Parallel > replay.WorkersMax {
		return usage("--parallel: %d is not possible; it is 1 to %d", c.Parallel, replay.WorkersMax)
	}
	cfg := replay.DefaultConfig()
	cfg.Workers, cfg.RetryFor = c.Parallel, c.RetryFor
	if err := c.target(&cfg); err != nil {
		return err
	}
	tally, meter := replay.NewTally(), &replay.Meter{}
	known, whole, err := c.sort()
	if err != nil {
		return err
	}
	for _, f := range whole {
		if err := upload(ctx, s, cfg, tally, f); err != nil {
			return err
		}
	}
	sources, closeAll, err := openFiles(known, s.In, meter)
	defer closeAll()
	if err != nil {
		return err
	}
	return send(ctx, s, cfg, tally, meter, sources...)
}

// wholeFile is a file that the collector reads.
type wholeFile struct {
	name string
	raw  []byte
}

// sort tells the files that replay reads itself from those that it hands to the collector as they are: exports of ad platforms and CRMs, lists of offline touches. Standard
// input is never handed on.
func (c *replayCommand) sort() (known []string, whole []wholeFile, err error) {
	for _, name := range c.Files {
		if name == "-" {
			known = append(known, name)
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		_, err = replay.Open(name, f)
		if errors.Is(err, replay.ErrUnknownShape) {
			var raw []byte
			if _, err = f.Seek(0, io.SeekStart); err == nil {
				raw, err = replay.ReadUpload(name, f)
			}
			whole = append(whole, wholeFile{name, raw})
		} else {
			known, err = append(known, name), nil
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, nil, err
		}
	}
	return known, whole, nil
}

// upload hands a file to the endpoint of the collector that knows it.
func upload(ctx context.Context, s Streams, cfg replay.Config, tally *replay.Tally, f wholeFile) error {
	sender, err := replay.NewSender(cfg, tally)
	if err != nil {
		return err
	}
	defer sender.Close()
	got, err := sender.UploadAny(ctx, url.Values{}, f.raw)
	if err != nil {
		return err
	}
	sender.CountUpload(f.name, got)
	if got.Accepted+got.Rejected == 0 && got.Code != "" {
		return nil // nobody knows the file; the summary says why
	}
	fmt.Fprintf(s.Err, "%s: sent to %s, %d taken, %d rejected, %d rows without content\n", f.name, got.Endpoint, got.Accepted, got.Rejected, got.Ignored)
	return nil
}

// send sends sources with progress, then prints what came of it.
func send(ctx context.Context, s Streams, cfg replay.Config, tally *replay.Tally, meter *replay.Meter, sources ...replay.Source) error {
	sender, err := replay.NewSender(cfg, tally)
	if err != nil {
		return err
	}
	defer sender.Close()
	start := time.Now()
	stop := replay.Progress(s.Err, tally, meter)
	err = sender.Send(ctx, sources...)
	stop()
	summarize(s.Out, tally, time.Since(start))
	if err != nil {
		return err
	}
	if tally.Counts().Rejected > 0 {
		return errSilent
	}
	return nil
}

// summarize prints the counts, and the reasons of what was rejected with an example each.
func summarize(w io.Writer, tally *replay.Tally, took time.Duration) {
	c := tally.Counts()
	rate := float64(c.Accepted+c.Rejected) / max(took.Seconds(), 1e-3)
	fmt.Fprintf(w, "accepted %d, rejected %d in %s (%.0f/s)\n", c.Accepted, c.Rejected, took.Round(time.Millisecond), rate)
	for _, r := range tally.Refusals() {
		fmt.Fprintf(w, "  %d %s, for example: %s\n", r.Count, r.Code, r.Example)
	}
}

// openFiles opens every file before anything is sent, so that a wrong name sends nothing. closeAll is never nil.
func openFiles(names []string, stdin io.Reader, meter *replay.Meter) (sources []replay.Source, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			_ = f.Close() // Only read.
		}
	}
	total, known := int64(0), true
	for _, name := range names {
		in := stdin
		if name == "-" {
			known = false
		} else {
			f, err := os.Open(name)
			if err != nil {
				return nil, closeAll, err
			}
			files, in = append(files, f), f
			info, err := f.Stat()
			if err != nil {
				return nil, closeAll, err
			}
			if info.IsDir() {
				return nil, closeAll, errors.New(name + " is a folder")
			}
			total, known = total+info.Size(), known && info.Mode().IsRegular()
		}
		source, err := replay.Open(name, meter.Reader(in))
		if err != nil {
			return nil, closeAll, err
		}
		sources = append(sources, source)
	}
	if known {
		meter.Total = total
	}
	return sources, closeAll, nil
}
