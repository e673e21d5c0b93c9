package answer

import (
	"context"

	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Fresh answers how current a workspace's figures are. Its lag is left to who watches.
func (a *Answerer) Fresh(ctx context.Context, workspace string) (Fresh, error) {
	version, err := a.source.Version(ctx)
	if err != nil {
		return Fresh{}, err
	}
	recorded, err := a.source.RecordedAt(store.WithVersion(ctx, version), workspace)
	if err != nil {
		return Fresh{}, err
	}
	freshness := (&frame{recordedAt: recorded}).freshness(a.cfg.Now())
	return Fresh{Workspace: workspace, RecordedAt: freshness.RecordedAt, AgeSeconds: freshness.AgeSeconds, Version: fingerprint(version.Word)}, nil
}
