package identity_test

import (
	"strings"
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

// FuzzSubject: what names a subject is read back from the record's key as it was, whatever the id.
func FuzzSubject(f *testing.F) {
	f.Add("acme|v|a|b", "event")
	f.Add("|v", "\x00")
	f.Add("acme|e|\xff", "")
	f.Fuzz(func(t *testing.T, subject, event string) {
		workspace, kind, id, err := identity.ParseSubject(subject)
		if err != nil {
			return
		}
		if again := identity.SubjectID(workspace, kind, id); again != subject {
			t.Fatalf("%q comes back as %q", subject, again)
		}
		if strings.ContainsRune(subject, 0) {
			return // no id has it: the decoder refuses control characters
		}
		if got := string(identity.KeySubject(identity.RecordKey(subject, event, 7))); got != subject {
			t.Fatalf("the key of %q is of %q", subject, got)
		}
	})
}
