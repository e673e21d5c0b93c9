module github.com/tributary-attribution/tributary/services/attributor

go 1.26.8

require (
	github.com/tributary-attribution/tributary/pkg v0.0.0
	github.com/tributary-attribution/tributary/schemas v0.0.0
)

require (
	github.com/prometheus/client_golang v1.25.0
	github.com/twmb/franz-go v1.22.2 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap v1.28.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/tributary-attribution/tributary/schemas => ../../schemas

replace github.com/tributary-attribution/tributary/pkg => ../../pkg
