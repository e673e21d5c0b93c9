package answer

import "encoding/json"

// ModelsLearned is what a Markov chain over a workspace's paths says of its channels.
type ModelsLearned struct {
	Headline  string `json:"headline"`
	Workspace string `json:"workspace"`
	Rule      string `json:"rule" example:"markov"`
	Order     int    `json:"order" doc:"Channels that the chain remembers"`
	Kind      string `json:"kind,omitempty" doc:"Journeys it learned from: conversion, opportunity, or empty for both"`
	From      string `json:"from,omitempty" doc:"First day of outcomes, included"`
	To        string `json:"to,omitempty"`
	PathsOf   string `json:"paths_of" doc:"Model whose credits showed the paths: it credits every touch" example:"linear"`
	// Paths are different ones, Converted and Lost journeys along them.
	Paths     int   `json:"paths"`
	Converted int64 `json:"converted" doc:"Conversions and won deals"`
	Lost      int64 `json:"lost" doc:"Lost deals, and people who came and have no journey"`
	// Channels are in the order of their effects, largest first.
	Channels   []LearnedChannel `json:"channels" nullable:"false"`
	Definition json.RawMessage  `json:"definition" doc:"A model that weighs journeys by these effects, as a configuration would say it"`
	Warnings   []string         `json:"warnings" nullable:"false"`
}

// LearnedChannel is what was learned of a channel.
type LearnedChannel struct {
	Channel string `json:"channel"`
	// RemovalEffect is exact up to rounding, by linear algebra.
	RemovalEffect float64 `json:"removal_effect" doc:"Part of all conversions that would be lost if every journey ended where it first meets the channel, 0 to 1"`
	Share         string  `json:"share" doc:"Part in the sum of all effects, in percent" example:"27.2727"`
}
