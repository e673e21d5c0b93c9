package attribution

import "strings"

// shadowMark stands between the name and the version of a shadow. Model names cannot hold it.
const shadowMark = "@"

// ShadowName is what a version of a model is called while it is computed beside the live model of its name: name@version. Answers and views leave
// such names out unless one is asked for.
func ShadowName(name, version string) string { return name + shadowMark + version }

// SplitShadow takes a shadow's name apart; ok is false for the name of a live model.
func SplitShadow(model string) (name, version string, ok bool) { return strings.Cut(model, shadowMark) }

// Shadow returns the model under its shadow's name.
func (m Model) Shadow() Model {
	m.config.Name = ShadowName(m.config.Name, m.config.Version)
	return m
}

// Fingerprint follows from the whole definition, name and version included: 8 hexadecimal digits.
func (m *Model) Fingerprint() string { return m.config.fingerprint() }
