package query

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"
)

// edition is a word for everything beside the data that answers depend on: what the configuration says of workspaces, rates and models, and which
// build computes. It is the same in every replica of one deployment, and part of every entity tag: a browser that kept an answer over a restart with
// another gross margin must not be told that nothing has changed.
func (c Config) edition() (string, error) {
	text, err := json.Marshal(struct {
		Workspaces []Workspace
		Model      string
		Rates      []Rate
		StageOrder []string
	}{c.Workspaces, c.Model, c.Rates, c.StageOrder})
	if err != nil {
		return "", fmt.Errorf("write the configuration for entity tags: %w", err)
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		text = append(text, build.String()...)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:8]), nil
}
