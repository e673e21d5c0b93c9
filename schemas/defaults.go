package schemas

import _ "embed" // the shipped defaults

// ChannelsYAML is channels.yaml: the shipped channel rules. pkg/channelfile reads it.
//
//go:embed channels.yaml
var ChannelsYAML []byte

// ConversionsYAML is conversions.yaml: the shipped conversions and forms.
//
//go:embed conversions.yaml
var ConversionsYAML []byte
