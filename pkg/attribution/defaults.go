package attribution

// DefaultModelConfigs are the models that run when the configuration names none; schemas/models.yaml says the same.
func DefaultModelConfigs() []ModelConfig {
	rules := []Rule{
		RuleFirstTouch, RuleLastTouch, RuleLastNonDirect, RuleLeadCreation, RuleLinear, RulePositionBased, RuleTimeDecay, RuleUShaped,
		RuleWShaped, RuleFullPath, RuleShapley,
	}
	configs := make([]ModelConfig, 0, len(rules))
	for _, r := range rules {
		configs = append(configs, ModelConfig{Name: string(r), Version: "1", Rule: r})
	}
	return configs
}

// DefaultModels are DefaultModelConfigs, compiled.
func DefaultModels() []Model {
	configs := DefaultModelConfigs()
	models := make([]Model, 0, len(configs))
	for _, c := range configs {
		if m, err := Compile(c); err == nil {
			models = append(models, m)
		}
	}
	return models
}
