package rules_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// TestCopyOrigin_everyField sets every field there is: one that is added to the message and not to the copy would be lost at the next change of rules.
func TestCopyOrigin_everyField(t *testing.T) {
	o := &tributaryv1.Origin{}
	fields := o.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		var v protoreflect.Value
		switch f.Kind() {
		case protoreflect.StringKind:
			v = protoreflect.ValueOfString(string(f.Name()))
		case protoreflect.BoolKind:
			v = protoreflect.ValueOfBool(true)
		case protoreflect.EnumKind:
			v = protoreflect.ValueOfEnum(2)
		default:
			t.Fatalf("a field of kind %s: teach this test", f.Kind())
		}
		if f.IsList() {
			o.ProtoReflect().Mutable(f).List().Append(v)
		} else {
			o.ProtoReflect().Set(f, v)
		}
	}
	if c := rules.CopyOrigin(o); !proto.Equal(o, c) {
		t.Errorf("%v\nbecomes\n%v", o, c)
	}
}
