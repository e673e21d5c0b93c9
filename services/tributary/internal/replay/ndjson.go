package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// lineBytesMax bounds one NDJSON line. The collector's own limit on an event is far below it.
const lineBytesMax = 1 << 20

// ndjson reads one JSON object a line: Segment calls (with "type") and canonical records, in any mixture.
type ndjson struct {
	lines *bufio.Reader
	line  int
}

func newNDJSON(r *bufio.Reader) *ndjson { return &ndjson{lines: r} }

// Next implements Source.
func (n *ndjson) Next() (Item, error) {
	for {
		text, err := n.readLine()
		if err != nil {
			return Item{}, err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		return n.item(text)
	}
}

func (n *ndjson) item(text []byte) (Item, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Item{}, &LineError{Line: n.line, Code: "malformed_json", Reason: err.Error()}
	}
	endpoint, ok := endpointOf(head.Type)
	if !ok {
		return Item{}, &LineError{
			Line: n.line, Code: "unknown_type",
			Reason: fmt.Sprintf("type %q is neither a Segment call nor touch, stage, contact or spend", head.Type),
		}
	}
	return Item{Endpoint: endpoint, Body: text}, nil
}

// readLine returns the next line without its end, owned by the caller. A line over the limit is skipped to its end and reported.
func (n *ndjson) readLine() ([]byte, error) {
	var text []byte
	tooLong := false
	for {
		part, err := n.lines.ReadSlice('\n')
		if len(text)+len(part) > lineBytesMax {
			tooLong, text = true, nil
		} else if !tooLong {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("read line %d: %w", n.line+1, err)
		case errors.Is(err, io.EOF) && len(text) == 0 && !tooLong:
			return nil, io.EOF
		}
		n.line++
		if tooLong {
			return nil, &LineError{Line: n.line, Code: "too_large", Reason: fmt.Sprintf("the line is over %d bytes", lineBytesMax)}
		}
		return text, nil
	}
}
