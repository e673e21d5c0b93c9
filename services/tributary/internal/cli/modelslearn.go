package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/services/query"
)

type modelsLearnCommand struct {
	modelsFlags
	Rule    string        `arg:"" enum:"markov" help:"markov: channels weigh by what would be lost without them."`
	Name    string        `help:"Name of the model." default:"markov" placeholder:"NAME"`
	Order   int           `help:"Channels that the chain remembers, 1 to 4." default:"1"`
	Kind    string        `help:"Learn from journeys of a kind only: conversion or opportunity." enum:"conversion,opportunity," default:""`
	From    day           `help:"First day of outcomes; without it the first there is." placeholder:"DAY"`
	To      day           `help:"Last day." placeholder:"DAY"`
	DryRun  bool          `help:"Only show what it learns."`
	Promote bool          `help:"Let the model go live at once, without a look at the difference."`
	Wait    time.Duration `help:"Wait so long for the computation, and say how far it is." placeholder:"DURATION"`
}

// Run asks for the effects, shows them, and lets a model with them be computed.
func (c *modelsLearnCommand) Run(ctx context.Context, s Streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	request.From, request.To, request.Kind, request.Order = string(c.From), string(c.To), c.Kind, strconv.Itoa(c.Order)
	learned, err := query.AskModelsLearned(ctx, request)
	if err != nil {
		return err
	}
	if err := printLearned(s, learned); err != nil || c.DryRun {
		return err
	}
	model, err := learnedModel(learned, c.Name)
	if err != nil {
		return err
	}
	t, err := c.target(ctx)
	if err != nil {
		return err
	}
	if t.find(model.Name(), model.Version(), "live") != nil {
		fmt.Fprintf(s.Out, "%s is live with exactly these effects already (version %s)\n", model.Name(), model.Version())
		return nil
	}
	return t.bring(ctx, s, &model, c.Promote, c.Wait)
}

// learnedModel is the model that weighs by what was learned.
func learnedModel(l *query.ModelsLearned, name string) (attribution.Model, error) {
	var c attribution.ModelConfig
	if err := json.Unmarshal(l.Definition, &c); err != nil {
		return attribution.Model{}, fmt.Errorf("read what was learned: %w", err)
	}
	c.Name = name
	return attribution.Compile(c)
}

func printLearned(s Streams, l *query.ModelsLearned) error {
	fmt.Fprintf(s.Out, "%s\nLearned from %d paths: %d journeys converted, %d did not.\n", l.Headline, l.Paths, l.Converted, l.Lost)
	for _, w := range l.Warnings {
		fmt.Fprintln(s.Out, "Note:", w)
	}
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHANNEL\tREMOVAL EFFECT\tSHARE")
	for _, c := range l.Channels {
		fmt.Fprintf(table, "%s\t%.4f\t%s%%\n", c.Channel, c.RemovalEffect, c.Share)
	}
	return table.Flush()
}
