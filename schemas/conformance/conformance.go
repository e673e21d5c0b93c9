// Package conformance holds the conformance suite: events in, credit out, one case per rule of docs/credit.md. README.md says how to read a
// case and how to run the suite against an engine.
package conformance

import "embed"

// FS has the cases (*.json), their JSON Schema (case.schema.json) and the configuration that an engine under test is started with (config.yaml).
//
//go:embed *.json config.yaml
var FS embed.FS

// Names in FS that are no file of cases.
const (
	Schema = "case.schema.json"
	Config = "config.yaml"
)
