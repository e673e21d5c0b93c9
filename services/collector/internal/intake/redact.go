package intake

import (
	"bytes"
	"unicode/utf16"

	"github.com/tributary-attribution/tributary/pkg/identity"
)

// addressMax is more than an address has bytes in any encoding: that much beyond what is kept is looked at, so that none is cut before it is found.
const addressMax = 1 << 10

// redact is refused input as it may be kept: without a readable e-mail address. Each becomes its hash and domain, which the endpoints take for the address, so that the
// input can still be mended and sent again.
func redact(raw []byte) []byte {
	raw = raw[:min(len(raw), RawMax+addressMax)]
	text, changed := identity.HashAddresses(string(raw))
	if order := wide(raw); order != nil && !changed {
		text, changed = identity.HashAddresses(narrow(raw, order))
	}
	if !changed {
		return raw[:min(len(raw), RawMax)]
	}
	return []byte(text[:min(len(text), RawMax)])
}

// wide is how to read a character of UTF-16, or nil for other encodings. Without a mark, every second byte of Latin text is zero.
func wide(raw []byte) func([]byte) uint16 {
	little := func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }
	big := func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return little
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return big
	}
	switch i := bytes.IndexByte(raw, 0); {
	case i < 0:
		return nil
	case i%2 == 0:
		return big
	default:
		return little
	}
}

func narrow(raw []byte, read func([]byte) uint16) string {
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) > 1; raw = raw[2:] {
		units = append(units, read(raw))
	}
	return string(utf16.Decode(units))
}
