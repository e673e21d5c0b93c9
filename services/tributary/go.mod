module github.com/tributary-attribution/tributary/services/tributary

go 1.26.8

require (
	github.com/cenkalti/backoff/v5 v5.0.3
	github.com/google/go-cmp v0.7.0
	github.com/tributary-attribution/tributary/pkg v0.0.0-00010101000000-000000000000
)

replace github.com/tributary-attribution/tributary/schemas => ../../schemas

replace github.com/tributary-attribution/tributary/pkg => ../../pkg

replace github.com/tributary-attribution/tributary/services/collector => ../collector

replace github.com/tributary-attribution/tributary/services/attributor => ../attributor

replace github.com/tributary-attribution/tributary/services/sink => ../sink

replace github.com/tributary-attribution/tributary/services/query => ../query
