package schemas

import _ "embed"

// TopicsYAML is topics.yaml: every topic of the contract with its cleanup policy, retention and settings. pkg/kafka reads it.
//
//go:embed topics.yaml
var TopicsYAML []byte
