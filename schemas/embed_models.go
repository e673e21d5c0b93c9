package schemas

import _ "embed" // the shipped models

// ModelsYAML is models.yaml: the shipped attribution models, in the form of attribution.ModelConfig. A test of pkg/attribution holds it
// against attribution.DefaultModelConfigs.
//
//go:embed models.yaml
var ModelsYAML []byte
