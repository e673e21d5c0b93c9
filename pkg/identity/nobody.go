package identity

import "strings"

// IsNobody tells whether an id is one of the words that programs write when they have no id. Joining people by such an id would join strangers.
func IsNobody(id string) bool {
	switch strings.ToLower(id) {
	case "null", "(null)", "nil", "none", "undefined", "nan", "n/a", "na", "void", "unknown", "anonymous", "guest", "empty", "missing", "unset",
		"not_authenticated", "[object object]", "{}", "[]", "0", "-1", "true", "false", "id", "userid", "user_id", "distinct_id", "anonymousid",
		"00000000-0000-0000-0000-000000000000":
		return true
	}
	return false
}
