// Package cli is the command tree. Each command is a struct whose fields are its flags and whose Run does the work; what a command
// results in goes to standard output, progress and logs to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// Streams are a command's standard files.
type Streams struct {
	In       io.Reader
	Out, Err *os.File
}

// tree is every command.
type tree struct {
	Up          upCommand          `cmd:"" help:"Run everything in one process; engines not given are embedded."`
	Collector   collectorCommand   `cmd:"" help:"Run the collector alone."`
	Attributor  attributorCommand  `cmd:"" help:"Run the attributor alone."`
	Sink        sinkCommand        `cmd:"" help:"Run the sink alone."`
	Query       queryCommand       `cmd:"" help:"Run the query service alone."`
	Replay      replayCommand      `cmd:"" help:"Send NDJSON or CSV files of a known shape to a collector."`
	Spend       spendCommand       `cmd:"" help:"Import a report of an ad platform as it was downloaded, or show what it would be imported as."`
	Demo        demoCommand        `cmd:"" help:"Send a synthetic B2B world with known truth, or a steady load."`
	Report      reportCommand      `cmd:"" help:"Print channel ROI as a table."`
	Verify      verifyCommand      `cmd:"" help:"Recompute all credit from the events and compare; exit 1 on any difference."`
	Models      modelsCommand      `cmd:"" help:"List attribution models; try a new version beside the live one, compare, and promote it."`
	Rules       rulesCommand       `cmd:"" help:"Show the channel rules in force, or replace a workspace's own ones."`
	Erase       eraseCommand       `cmd:"" help:"Erase a person, follow the erasure to its end and print what was removed."`
	Rebuild     rebuildCommand     `cmd:"" help:"Drop everything derived and compute it again from events-v1."`
	Bench       benchCommand       `cmd:"" help:"Measure freshness, replay throughput and memory of the tributary that runs on a data folder."`
	Chaos       chaosCommand       `cmd:"" help:"Kill processes at random while facts stream in, then verify."`
	Conformance conformanceCommand `cmd:"" help:"Run the conformance suite against a running system; exit 1 on any failure."`
	Rates       ratesCommand       `cmd:"" help:"Import exchange rates into a running query service."`
	StoreUsers  storeUsersCommand  `cmd:"" name:"clickhouse-users" help:"Print the users file for a ClickHouse that is not embedded: the readers and BI users of the configuration."`
	LintURL     lintURLCommand     `cmd:"" name:"lint-url" help:"Check how links are tagged; exit 1 when one is wrong."`
	CheckConfig checkConfigCommand `cmd:"" help:"Check a configuration file, or print the defaults."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// exitCode makes kong's help and usage errors come back to Run instead of ending the process.
type exitCode int

// Silent is an error whose reason has been printed already; the command ends with exit code 1.
var errSilent = errors.New("failed")

// Run parses the arguments, runs the command and returns its exit code: 0, 1 for a failure, 2 for wrong usage.
func Run(ctx context.Context, args []string, streams Streams, version string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			exit, ok := r.(exitCode)
			if !ok {
				panic(r)
			}
			code = int(exit)
		}
	}()
	var commands tree
	parser, err := kong.New(&commands,
		kong.Name("tributary"),
		kong.Description("Turns marketing touches and deals into credit, continuously.\n\n"+
			"Exit codes: 0 done, or stopped as asked; 1 failed, or a check found something; 2 called wrongly."),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(c int) { panic(exitCode(c)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(streams.Err, "tributary:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(streams.Err, "tributary: %s; see: tributary%s --help\n", inWords(err), commandIn(err))
		return 2
	}
	command.BindTo(ctx, (*context.Context)(nil))
	switch err := byFlag(command.Run(streams, buildVersion(version)), command.Flags()); {
	case err == nil:
		return 0
	case errors.Is(err, errSilent):
		return 1
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))):
		fmt.Fprintln(streams.Err, "tributary:", errStopped)
		return 1
	case errors.As(err, new(usageError)):
		fmt.Fprintf(streams.Err, "tributary: %s; see: tributary %s --help\n", inWords(err), commandName(command))
		return 2
	default:
		fmt.Fprintln(streams.Err, "tributary:", inWords(err))
		return 1
	}
}

// commandIn is the command that a wrong call was for, with a blank before it; empty when it names none.
func commandIn(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if name := commandName(parse.Context); name != "" {
			return " " + name
		}
	}
	return ""
}

// commandName is a command's name with its group's, as "rates import".
func commandName(c *kong.Context) string {
	var names []string
	for _, p := range c.Path {
		if p.Command != nil {
			names = append(names, p.Command.Name)
		}
	}
	return strings.Join(names, " ")
}

// buildVersion is the version the linker was given.
type buildVersion string
