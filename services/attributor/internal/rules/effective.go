package rules

import (
	"slices"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Status says what a model is.
type Status string

// The statuses of a model.
const (
	// StatusLive models are what reports show, and what the ledger posts.
	StatusLive Status = "live"
	// StatusShadow models are computed beside them, under their shadow's name.
	StatusShadow Status = "shadow"
	// StatusRetired models were taken away; their credit is withdrawn.
	StatusRetired Status = "retired"
)

// Standing is a model of a workspace.
type Standing struct {
	Model  attribution.Model
	Status Status
	// Since is the control that made it what it is; nil for a model as the configuration has it.
	Since *tributaryv1.Event
}

// Effective is what the configuration and the controls of a workspace amount to.
type Effective struct {
	// Rules are the workspace's with the models that run: live ones in order, then the shadows under their names.
	Rules Rules
	// Standing are all models: live, shadow, retired.
	Standing []Standing
}

// Apply returns the effective rules. The controls are in order and each once. It is a function of the configuration and the set of controls alone, so
// that whoever computes, whenever, comes to the same.
func (r *Rules) Apply(controls []*tributaryv1.Event) Effective {
	f := fold{base: r}
	for i := range r.Models {
		f.live = append(f.live, Standing{Model: r.Models[i], Status: StatusLive})
	}
	channels := r.Channels
	for _, ev := range controls {
		switch b := ev.GetControl().GetChange().(type) {
		case *tributaryv1.Control_Define:
			f.define(ev, b.Define)
		case *tributaryv1.Control_Promote:
			f.promote(ev, b.Promote)
		case *tributaryv1.Control_Retire:
			f.retire(ev, b.Retire)
		case *tributaryv1.Control_Rules:
			channels = r.withOwn(b.Rules, channels)
		}
	}
	e := Effective{Rules: *r, Standing: slices.Concat(f.live, f.shadows)}
	e.Rules.Channels, e.Rules.Models = channels, nil
	for i := range e.Standing {
		switch s := &e.Standing[i]; s.Status {
		case StatusLive:
			e.Rules.Models = append(e.Rules.Models, s.Model)
		case StatusShadow:
			e.Rules.Models = append(e.Rules.Models, s.Model.Shadow())
		case StatusRetired:
		}
	}
	return e
}

// fold is the models as the controls seen so far leave them.
type fold struct {
	base          *Rules
	live, shadows []Standing
}

func (f *fold) define(ev *tributaryv1.Event, d *tributaryv1.ModelDefinition) {
	m, err := DecodeModel(d.GetDefinition())
	if err != nil || m.IsUnlearned() {
		return
	}
	s := Standing{Model: m, Status: StatusShadow, Since: ev}
	if i := f.shadow(m.Name(), m.Version()); i >= 0 {
		f.shadows[i] = s
	} else if len(f.shadows) < ShadowsMax {
		f.shadows = append(f.shadows, s)
	}
}

// shadow is the index of a shadow, or -1.
func (f *fold) shadow(name, version string) int {
	return slices.IndexFunc(f.shadows, func(s Standing) bool { return s.Model.Name() == name && s.Model.Version() == version })
}

// holds tells whether a control on a live model still stands: it does until the configuration says something else about the model than it did
// when the control was made.
func (f *fold) holds(name, base string) bool {
	return BaseFingerprint(f.base.Models, name) == base
}

// BaseFingerprint is the fingerprint of the configured model of that name, empty when there is none.
func BaseFingerprint(models []attribution.Model, name string) string {
	for i := range models {
		if models[i].Name() == name {
			return models[i].Fingerprint()
		}
	}
	return ""
}

func (f *fold) promote(ev *tributaryv1.Event, p *tributaryv1.ModelPromotion) {
	i := f.shadow(p.GetName(), p.GetVersion())
	if i < 0 {
		// Promoted already, or never defined.
		return
	}
	m := f.shadows[i].Model
	f.shadows = slices.Delete(f.shadows, i, i+1)
	if f.holds(p.GetName(), p.GetBase()) {
		f.set(Standing{Model: m, Status: StatusLive, Since: ev})
	}
}

// set gives a name its live model, in the old one's place when there is one.
func (f *fold) set(s Standing) {
	if i := slices.IndexFunc(f.live, func(o Standing) bool { return o.Model.Name() == s.Model.Name() }); i >= 0 {
		f.live[i] = s
		return
	}
	f.live = append(f.live, s)
}

func (f *fold) retire(ev *tributaryv1.Event, r *tributaryv1.ModelRetirement) {
	if r.GetVersion() != "" {
		if i := f.shadow(r.GetName(), r.GetVersion()); i >= 0 {
			f.shadows = slices.Delete(f.shadows, i, i+1)
		}
		return
	}
	i := slices.IndexFunc(f.live, func(o Standing) bool { return o.Model.Name() == r.GetName() })
	if i < 0 || !f.holds(r.GetName(), r.GetBase()) {
		return
	}
	f.live[i] = Standing{Model: f.live[i].Model, Status: StatusRetired, Since: ev}
}

// withOwn are the channel rules after a control; before are those in force until then.
func (r *Rules) withOwn(d *tributaryv1.RulesDefinition, before *Channels) *Channels {
	own, err := DecodeOwn(d.GetDefinition())
	if r.Channels == nil || err != nil || OwnFingerprint(r.Channels.Own) != d.GetBase() {
		return before
	}
	if own == nil {
		return r.Channels
	}
	return &Channels{Shipped: r.Channels.Shipped, Own: *own}
}

// StagesFingerprint follows from the order of stages and from which of them are milestones.
func (e *Effective) StagesFingerprint() string { return fingerprint(e.Rules.Stages) }

// DerivationFingerprint follows from what decides which facts events are: conversions, forms, the session gap. Facts have been told to others, so a change takes a rebuild.
func (e *Effective) DerivationFingerprint() string {
	r := &e.Rules
	return fingerprint(struct {
		Conversions []Conversion
		Forms       []string
		Gap         time.Duration
	}{r.Conversions, r.Forms, r.SessionGap})
}

// ModelsFingerprint follows from the models that run, in any order.
func (e *Effective) ModelsFingerprint() string {
	prints := make([]string, len(e.Rules.Models))
	for i := range e.Rules.Models {
		prints[i] = e.Rules.Models[i].Name() + " " + e.Rules.Models[i].Fingerprint()
	}
	slices.Sort(prints)
	return fingerprint(prints)
}
