// Package identity names subjects: the visitors, persons, accounts, opportunities and cells whose state the attributor keeps.
package identity

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Kind is the kind of a subject, as it appears in a subject id.
type Kind byte

// The kinds of subject. Persons rank KindEmail < KindUser < KindContact: links between ids of one person only go up.
const (
	KindVisitor     Kind = 'v'
	KindEmail       Kind = 'e'
	KindUser        Kind = 'u'
	KindContact     Kind = 'c'
	KindAccount     Kind = 'a'
	KindOpportunity Kind = 'o'
	KindCell        Kind = 'x'
	// KindControl is no subject with state of its own: records addressed to it change what a task knows of models and rules.
	KindControl Kind = 'k'
)

// DomainPrefix starts the id of an account that is known only by its e-mail domain.
const DomainPrefix = "@"

// ErrSubjectID is the error of ParseSubject.
var ErrSubjectID = errors.New("subject id is not workspace|kind|id")

// SubjectID returns the address of a subject: workspace|kind|id. It is the key of its records on every topic, so the partition of
// a subject follows from it. A workspace name never contains '|'; an id may.
func SubjectID(workspace string, kind Kind, id string) string {
	var b strings.Builder
	b.Grow(len(workspace) + 3 + len(id))
	b.WriteString(workspace)
	b.WriteByte('|')
	b.WriteByte(byte(kind))
	b.WriteByte('|')
	b.WriteString(id)
	return b.String()
}

// ParseSubject splits a subject id. The error is ErrSubjectID.
func ParseSubject(subject string) (workspace string, kind Kind, id string, err error) {
	i := strings.IndexByte(subject, '|')
	if i < 0 || len(subject) < i+3 || subject[i+2] != '|' {
		return "", 0, "", ErrSubjectID
	}
	return subject[:i], Kind(subject[i+1]), subject[i+3:], nil
}

// IsPerson tells whether the kind is an id of a known human.
func (k Kind) IsPerson() bool { return k == KindEmail || k == KindUser || k == KindContact }

// RecordKey is the key of an event's record on events-v1: the subject id, the event's id and its receipt sequence, with NUL between them. The subject
// alone decides the partition (KeySubject). The rest makes keys unique, so that a compacted topic keeps every event and one can be removed.
func RecordKey(subject, eventID string, receiptSeq int64) []byte {
	b := make([]byte, 0, len(subject)+len(eventID)+16)
	b = append(b, subject...)
	b = append(b, keySeparator)
	b = append(b, eventID...)
	b = append(b, keySeparator)
	return strconv.AppendInt(b, receiptSeq, 36)
}

// KeySubject is the subject of a record's key: the whole key where it has no further parts, as on every topic but events-v1, and on an events-v1
// written before keys were unique.
func KeySubject(key []byte) []byte {
	if i := bytes.IndexByte(key, keySeparator); i >= 0 {
		return key[:i]
	}
	return key
}

// keySeparator ends the subject in a record's key: no subject has it in its id.
const keySeparator = 0
