package rules

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channel"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const (
	// ShadowsMax is how many shadows a workspace may have at a time: each costs as much as a live model. Further ones are ignored.
	ShadowsMax = 8
	// ControlsMax bounds the controls of a workspace that are kept; they are few, made by people.
	ControlsMax = 10_000
)

// CheckControl says what is wrong with a control, as far as it can be told without knowing the models there are.
func CheckControl(c *tributaryv1.Control) error {
	switch b := c.GetChange().(type) {
	case *tributaryv1.Control_Define:
		m, err := DecodeModel(b.Define.GetDefinition())
		if err == nil && m.IsUnlearned() {
			err = fmt.Errorf("model %q has learned nothing yet; define it with: tributary models learn", m.Name())
		}
		return err
	case *tributaryv1.Control_Promote:
		if b.Promote.GetName() == "" || b.Promote.GetVersion() == "" {
			return errors.New("a promotion needs a name and a version")
		}
	case *tributaryv1.Control_Retire:
		if b.Retire.GetName() == "" {
			return errors.New("a retirement needs a name")
		}
	case *tributaryv1.Control_Rules:
		own, err := DecodeOwn(b.Rules.GetDefinition())
		if err != nil {
			return err
		}
		return checkOwn(own)
	default:
		return errors.New("a control needs a change that this version knows")
	}
	return nil
}

// checkOwn compiles own rules alone: whether they do does not depend on the shipped ones.
func checkOwn(own *channel.Own) error {
	if own == nil {
		return nil
	}
	any := channel.RuleSet{Version: "any", Rules: []channel.Rule{{Channel: "any", Any: []channel.Condition{{Category: "search"}}}}}
	_, err := channel.New(any, own.Options())
	return err
}

// DecodeModel reads a model definition.
func DecodeModel(definition string) (attribution.Model, error) {
	var c attribution.ModelConfig
	if err := strict(definition, &c); err != nil {
		return attribution.Model{}, fmt.Errorf("decode a model: %w", err)
	}
	return attribution.Compile(c)
}

// DecodeOwn reads own channel rules; nil for an empty definition.
func DecodeOwn(definition string) (*channel.Own, error) {
	if definition == "" {
		return nil, nil
	}
	own := &channel.Own{}
	if err := strict(definition, own); err != nil {
		return nil, fmt.Errorf("decode channel rules: %w", err)
	}
	return own, nil
}

func strict(data string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(data)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// fingerprint is 8 hexadecimal digits of the JSON of a value that can always be encoded.
func fingerprint(v any) string {
	data, _ := json.Marshal(v)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

// OwnFingerprint is what RulesDefinition.base names own rules by.
func OwnFingerprint(own channel.Own) string { return fingerprint(own) }

// SortControls puts controls in the order in which they take effect.
func SortControls(controls []*tributaryv1.Event) {
	slices.SortFunc(controls, func(a, b *tributaryv1.Event) int {
		return cmp.Or(cmp.Compare(a.ReceiptSeq, b.ReceiptSeq), strings.Compare(a.Id, b.Id))
	})
}

// EncodeModel is the definition of a model as JSON, its version included.
func EncodeModel(m *attribution.Model) string {
	data, _ := json.Marshal(m.Config())
	return string(data)
}

// EncodeOwn are own channel rules as JSON.
func EncodeOwn(own channel.Own) string {
	data, _ := json.Marshal(own)
	return string(data)
}
