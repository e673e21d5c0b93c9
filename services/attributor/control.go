package attributor

import (
	"context"
	"fmt"
	"os/user"
	"strconv"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
)

// lookAtRules asks every task to compare models and channel rules with those that its subjects are computed by. Tasks do it at their next record in any
// case; this is for those that get none. Asked twice is as good as once.
func lookAtRules(ctx context.Context, cfg Config) error {
	if len(cfg.Workspaces) == 0 {
		return nil
	}
	partitionOf := func(key []byte) int32 { return kafka.Partition(key, cfg.Partitions) }
	var records []operator.Output
	for _, workspace := range cfg.Workspaces {
		for p := range cfg.Partitions {
			key := operator.ControlKey(workspace, p, partitionOf)
			m := &tributaryv1.SubjectMessage{To: key, From: key, Body: &tributaryv1.SubjectMessage_Sweep{Sweep: &tributaryv1.Sweep{}}}
			value, err := m.MarshalVT()
			if err != nil {
				return fmt.Errorf("ask tasks to look at models and rules: %w", err)
			}
			records = append(records, operator.Output{Topic: runner.TopicSubjects, Key: []byte(key), Value: value})
		}
	}
	if err := runner.Produce(ctx, cfg.Kafka, records...); err != nil {
		return fmt.Errorf("ask tasks to look at models and rules: %w", err)
	}
	return nil
}

// SendControl writes a control to events-v1 and returns its event, whose id names the postings that follow. It is in the log when SendControl returns, and
// takes effect in the background. Controls take effect in the order of their receipt: it is put after the moment given, that of the last one known, even when
// this machine's clock is behind the one that sent that. A control that no task would take is an error, and nothing is written.
func SendControl(ctx context.Context, cfg kafka.Config, workspace string, c *tributaryv1.Control, after time.Time) (*tributaryv1.Event, error) {
	if err := rules.CheckControl(c); err != nil {
		return nil, err
	}
	if c.Actor == "" {
		if u, err := user.Current(); err == nil {
			c.Actor = u.Username
		}
	}
	now := max(time.Now().UnixMicro(), after.UnixMicro()+1)
	ev := &tributaryv1.Event{
		Id: "control-" + strconv.FormatInt(now, 36), Workspace: workspace, OccurredUs: now, ReceivedUs: now, ReceiptSeq: now,
		Body: &tributaryv1.Event_Control{Control: c},
	}
	value, err := ev.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode a control: %w", err)
	}
	key := identity.RecordKey(identity.SubjectID(workspace, identity.KindControl, "0"), ev.Id, ev.ReceiptSeq)
	if err := runner.Produce(ctx, cfg, operator.Output{Topic: runner.TopicEvents, Key: key, Value: value}); err != nil {
		return nil, fmt.Errorf("write a control to the log: %w", err)
	}
	return ev, nil
}

// DefineModel is the control that brings a model version as a shadow.
func DefineModel(m *attribution.Model) *tributaryv1.Control {
	return &tributaryv1.Control{Change: &tributaryv1.Control_Define{Define: &tributaryv1.ModelDefinition{Definition: rules.EncodeModel(m)}}}
}

// PromoteModel is the control that makes a shadow the live model of its name, until the configuration says something else of it than base does.
func PromoteModel(base *Rules, name, version string) *tributaryv1.Control {
	return &tributaryv1.Control{Change: &tributaryv1.Control_Promote{Promote: &tributaryv1.ModelPromotion{
		Name: name, Version: version, Base: rules.BaseFingerprint(base.Models, name),
	}}}
}

// RetireModel is the control that takes a shadow away, or without a version the live model.
func RetireModel(base *Rules, name, version string) *tributaryv1.Control {
	return &tributaryv1.Control{Change: &tributaryv1.Control_Retire{Retire: &tributaryv1.ModelRetirement{
		Name: name, Version: version, Base: rules.BaseFingerprint(base.Models, name),
	}}}
}

// SetChannels is the control that puts own channel rules and aliases in the place of the configuration's, until that says something else; nil goes back
// to those of the configuration.
func SetChannels(base *Rules, own *channel.Own) *tributaryv1.Control {
	d := &tributaryv1.RulesDefinition{}
	if base.Channels != nil {
		d.Base = rules.OwnFingerprint(base.Channels.Own)
	}
	if own != nil {
		d.Definition = rules.EncodeOwn(*own)
	}
	return &tributaryv1.Control{Change: &tributaryv1.Control_Rules{Rules: d}}
}

// OwnFingerprint tells two sets of own channel rules apart.
func OwnFingerprint(own channel.Own) string { return rules.OwnFingerprint(own) }
