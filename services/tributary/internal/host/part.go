package host

import (
	"context"

	"github.com/tributary-attribution/tributary/pkg/lifecycle"
)

// part is a component that can only be built when those before it have started: services need the addresses that embedded engines got.
type part struct {
	build func(ctx context.Context) (lifecycle.Component, error)
	built lifecycle.Component
}

// Start builds and starts the component.
func (p *part) Start(ctx context.Context) error {
	built, err := p.build(ctx)
	if err != nil {
		return err
	}
	if err := built.Start(ctx); err != nil {
		return err
	}
	p.built = built
	return nil
}

// Stop stops it.
func (p *part) Stop(ctx context.Context) error { return p.built.Stop(ctx) }

// Done is closed when the component ends by itself; nil, which never is, for one that does not.
func (p *part) Done() <-chan struct{} {
	if d, ok := p.built.(lifecycle.Doner); ok {
		return d.Done()
	}
	return nil
}

// Err says why it ended.
func (p *part) Err() error {
	if d, ok := p.built.(lifecycle.Doner); ok {
		return d.Err()
	}
	return nil
}
