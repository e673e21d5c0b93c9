package httpx

import (
	"net"
	"strings"
)

// HostName is the name of a Host header, without its port, brackets and final dot, in lower case.
func HostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// IsLoopbackName tells whether a name, as HostName gives it, means this machine whoever resolves it: localhost and what is below it (RFC 6761), and
// loopback addresses. A page of another site can give its own name this machine's address (DNS rebinding), but never such a name.
func IsLoopbackName(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
