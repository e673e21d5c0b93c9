// Package events holds the JSON Schemas of what senders post to the collector, with valid and invalid examples of each. A test of pkg/event
// holds the collector's decoder to the same verdict on every example.
package events

import "embed"

// FS has <type>.schema.json and examples/<type>/{valid,invalid}/*.json.
//
//go:embed *.schema.json examples
var FS embed.FS
