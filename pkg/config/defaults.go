package config

import (
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/schemas"
)

// Default returns the configuration of a file that says nothing, the shipped conversions and models included. The shipped channel rules
// are not repeated in it: Channels only adds to them.
func Default() (*Config, error) {
	var shipped struct {
		Version     int          `yaml:"version"`
		Conversions []Conversion `yaml:"conversions"`
		Forms       []string     `yaml:"forms"`
	}
	if err := decode("conversions.yaml", schemas.ConversionsYAML, &shipped); err != nil {
		return nil, fmt.Errorf("shipped defaults: %w", err)
	}
	cfg := &Config{
		Workspaces:  []Workspace{{Name: DefaultWorkspace, Currency: "USD"}},
		Conversions: shipped.Conversions,
		Forms:       shipped.Forms,
		Stages:      Stages{StageRules: attribution.StageRules{Reentered: attribution.OccurrenceLast}},
		Journeys:    Journeys{SessionGap: 30 * time.Minute, People: attribution.PeopleAccount},
		Engines: Engines{
			DataDir:    ".tributary",
			Kafka:      Kafka{Addr: "127.0.0.1:9092", Replication: 1},
			ClickHouse: ClickHouse{HTTPAddr: "127.0.0.1:8123", TCPAddr: "127.0.0.1:9000"},
		},
		Collector:  Collector{Addr: "127.0.0.1:8080"},
		Attributor: Attributor{Addr: "127.0.0.1:8081"},
		Sink:       Sink{Addr: "127.0.0.1:8082"},
		Query:      Query{Addr: "127.0.0.1:8090"},
		Log:        Log{Level: "info", Format: "console"},
	}
	for _, m := range attribution.DefaultModelConfigs() {
		cfg.Models = append(cfg.Models, Model{ModelConfig: m})
	}
	return cfg, nil
}
