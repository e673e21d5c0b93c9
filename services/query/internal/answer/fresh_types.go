package answer

import "time"

// Fresh is what /api/v1/events sends: how current the figures are.
type Fresh struct {
	Workspace  string     `json:"workspace"`
	RecordedAt *time.Time `json:"recorded_at" doc:"Receipt of the latest event whose effect is in the tables; null when there is none"`
	AgeSeconds *float64   `json:"age_seconds" doc:"Seconds since then"`
	LagSeconds *float64   `json:"lag_seconds" doc:"Seconds from the receipt of the latest event to its being seen here; null until something lands while this connection stands"`
	Version    string     `json:"version" doc:"Changes whenever something lands: ask again for what is shown"`
}
