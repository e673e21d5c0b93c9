package chaos

import "encoding/json"

// idOf is a record's own id: the messageId of a call, the id of the others. Costs have none; they are found by their natural key.
func idOf(body []byte) string {
	var record struct {
		MessageID string `json:"messageId"`
		ID        string `json:"id"`
	}
	if json.Unmarshal(body, &record) != nil {
		return ""
	}
	if record.MessageID != "" {
		return record.MessageID
	}
	return record.ID
}

// Lost are the acknowledged records that are nowhere in what the broker has, by id.
func (r Result) Lost(stored map[string]int) []string {
	var lost []string
	for _, id := range r.Acknowledged {
		if stored[id] == 0 {
			lost = append(lost, id)
		}
	}
	return lost
}
