// Package schemas holds what crosses a boundary: Kafka messages, JSON Schemas of what comes in by HTTP, ClickHouse migrations, and the
// shipped configuration. It is a module so that services can embed these files.
package schemas
