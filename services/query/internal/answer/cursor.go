package answer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// cursorOf writes where a page ends. The question goes with it, so that a cursor of another question is refused instead of answering neither.
func cursorOf(question, place any) string {
	text, err := json.Marshal(struct {
		Q string
		P any
	}{fingerprint(question), place})
	if err != nil {
		return "" // places are numbers and texts: there is nothing in them that JSON cannot hold
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readCursor reads what cursorOf wrote of the same question.
func readCursor(cursor string, question, place any) error {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return invalid("cursor", "is not one that an answer gave: send next_cursor as it came, or leave it out for the first page")
	}
	read := struct {
		Q string
		P any
	}{P: place}
	if json.Unmarshal(text, &read) != nil {
		return invalid("cursor", "is not one that an answer gave: send next_cursor as it came, or leave it out for the first page")
	}
	if read.Q != fingerprint(question) {
		return invalid("cursor", "belongs to another question: keep every other parameter as it was")
	}
	return nil
}

func fingerprint(question any) string {
	hash := sha256.Sum256(fmt.Appendf(nil, "%+v", question))
	return base64.RawURLEncoding.EncodeToString(hash[:6])
}

// turn is where a page of a table ends: in which order, after which row. The order may depend on the data, so it goes along.
type turn struct {
	Order performance.Order
	Rank  performance.Rank
}

// turned is the question without what differs from page to page.
func (r Request) turned() Request {
	r.Limit, r.Offset, r.Cursor = 0, 0, ""
	return r
}

// pageOf cuts rows by cursor or offset, and says where the next page begins.
func (f *frame) pageOf(rows []performance.Row, order performance.Order) ([]performance.Row, Page, error) {
	p := Page{Limit: f.Limit, Offset: f.Offset, Total: len(rows)}
	rest := rows[min(f.Offset, len(rows)):]
	if f.Cursor != "" {
		var t turn
		if err := readCursor(f.Cursor, f.turned(), &t); err != nil {
			return nil, p, err
		}
		performance.Table{Rows: rows}.Sort(t.Order)
		order = t.Order
		rest = order.After(rows, t.Rank)
		p.Offset = len(rows) - len(rest)
	}
	shown := rest[:min(f.Limit, len(rest))]
	if len(shown) < len(rest) {
		p.NextCursor = cursorOf(f.turned(), turn{order, order.Rank(shown[len(shown)-1])})
	}
	return shown, p, nil
}
