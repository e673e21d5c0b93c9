package identity_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/identity"
)

func TestRecordKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab|é/.")))
		subject := identity.SubjectID("w", identity.KindVisitor, text.Draw(t, "subject"))
		id, seq := text.Draw(t, "id"), rapid.Int64().Draw(t, "seq")
		key := identity.RecordKey(subject, id, seq)
		if got := string(identity.KeySubject(key)); got != subject {
			t.Fatalf("subject %q of the key of %q", got, subject)
		}
		if got := string(identity.KeySubject([]byte(subject))); got != subject {
			t.Fatalf("subject %q of a key that is only %q", got, subject)
		}
		other, otherSeq := text.Draw(t, "other"), rapid.Int64().Draw(t, "otherSeq")
		if same := string(identity.RecordKey(subject, other, otherSeq)) == string(key); same != (other == id && otherSeq == seq) {
			t.Fatalf("records %q %d and %q %d: same key: %v", id, seq, other, otherSeq, same)
		}
	})
}
