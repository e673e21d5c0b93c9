// Package sdk has what the unmodified browser SDKs of other products fetch from a server before they send anything: Segment's analytics.js its project settings,
// RudderStack's its source configuration. With these a site only points the SDK here. It is pure: what it needs of a request comes in.
package sdk

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Segment is the settings document of analytics.js for a write key: one destination, the collector itself at base (scheme and host, no slash at the end).
//
// The SDK sends nothing about itself (metrics.sampleRate 0) and loads no destinations of its own: there are none to load.
func Segment(base, writeKey string) ([]byte, error) {
	scheme, host, ok := strings.Cut(base, "://")
	if !ok {
		return nil, fmt.Errorf("base %q has no scheme", base)
	}
	everything := map[string]any{"__default": map[string]any{"enabled": true, "integrations": map[string]any{}}}
	return marshal(map[string]any{
		"integrations": map[string]any{"Segment.io": map[string]any{
			"apiKey": writeKey, "apiHost": host + "/v1", "protocol": scheme, "unbundledIntegrations": []string{}, "addBundledMetadata": false,
			"maybeBundledConfigIds": map[string]any{}, "type": "server", "versionSettings": map[string]any{"version": "4.4.7", "componentTypes": []string{"browser"}},
		}},
		"plan":         map[string]any{"track": everything, "identify": everything, "group": everything},
		"edgeFunction": map[string]any{}, "analyticsNextEnabled": true, "middlewareSettings": map[string]any{}, "enabledMiddleware": map[string]any{},
		"metrics": map[string]any{"sampleRate": 0}, "legacyVideoPluginsEnabled": false, "remotePlugins": []string{}, "consentSettings": nil,
	})
}

// Rudder is the source configuration of RudderStack's SDK for a write key: no destinations in the browser, no reports about the SDK itself.
func Rudder(writeKey string) ([]byte, error) {
	off := map[string]any{"enabled": false}
	return marshal(map[string]any{
		"source": map[string]any{
			"id": "tributary", "name": "tributary", "writeKey": writeKey, "enabled": true, "workspaceId": "tributary", "destinations": []any{}, "connections": []any{},
			"config":             map[string]any{"statsCollection": map[string]any{"errors": off, "metrics": off}},
			"sourceDefinitionId": "javascript", "dataplanes": map[string]any{},
		},
	})
}

func marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode an SDK's settings: %w", err)
	}
	return raw, nil
}
