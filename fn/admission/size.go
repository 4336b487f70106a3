package admission

import (
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

// How large an object may be that is validated. Validating takes longer than reading, and
// messages repeat paths: without bounds, a request of 4 MiB would keep a CPU busy for
// minutes. TestBounds shows how much of each the schemas admit.
const (
	// maxValues is how many values of any kind: the largest policy that its schema admits
	// has less than half of that, and the largest platform a tenth.
	maxValues = 4096

	// maxBytes is how many bytes of text, names included: the largest policy has two thirds
	// of that, if each character has four bytes.
	maxBytes = 1 << 20

	// maxDepth is how many levels: the schemas have five.
	maxDepth = 16

	// maxName is how many bytes the name of a field has: a tag's key has 128 characters at
	// most. The name is in the path of all that is in the field.
	maxName = 512
)

// CheckSize returns an error if a value is larger than what any platform needs. It looks at
// no more of it than that.
func CheckSize(path string, value wire.Value) error {
	return check(path, value, (&size{}).fits(value, 1))
}

// CheckObject is CheckSize of an object.
func CheckObject(path string, o wire.Object) error {
	return check(path, o, (&size{}).fitsObject(o, 1))
}

func check(path string, value any, fits bool) error {
	if fits {
		return nil
	}

	return errors.Errorf("%s: invalid value %s: is too large: use at most %d values, %d bytes of text, %d levels, and %d bytes for the name of a field",
		path, brief.Value(value), maxValues, maxBytes, maxDepth, maxName)
}

// A size is how large the part of a value is that was looked at.
type size struct{ values, bytes int }

func (s *size) fits(value wire.Value, depth int) bool {
	text, _ := value.Text()
	s.values++
	s.bytes += len(text)

	if s.values > maxValues || s.bytes > maxBytes || depth > maxDepth {
		return false
	}

	if o, ok := value.Object(); ok {
		return s.fitsObject(o, depth)
	}

	l, _ := value.List()
	for item := range l {
		if !s.fits(item, depth+1) {
			return false
		}
	}

	return true
}

func (s *size) fitsObject(o wire.Object, depth int) bool {
	for name, member := range o.Fields() {
		s.bytes += len(name)
		if len(name) > maxName || !s.fits(member, depth+1) {
			return false
		}
	}

	return true
}

// tooLarge says which lists and maps have more than their schema admits, and which texts
// are so long that they can't be anything else.
func tooLarge(path *field.Path, value any, s *structural.Structural) field.ErrorList {
	if s == nil {
		return nil
	}

	// NewStructural gives each schema one.
	bounds := s.ValueValidation

	var errs field.ErrorList

	switch v := value.(type) {
	case map[string]any:
		if most := bounds.MaxProperties; most != nil && int64(len(v)) > *most {
			return field.ErrorList{field.TooMany(path, len(v), int(*most))}
		}

		for name, member := range v {
			errs = append(errs, tooLarge(path.Child(name), member, memberOf(s, name))...)
		}
	case []any:
		if most := bounds.MaxItems; most != nil && int64(len(v)) > *most {
			return field.ErrorList{field.TooMany(path, len(v), int(*most))}
		}

		for i, item := range v {
			errs = append(errs, tooLarge(path.Index(i), item, s.Items)...)
		}
	case string:
		// A character has four bytes at most.
		if most := bounds.MaxLength; most != nil && int64(len(v)) > 4**most {
			return field.ErrorList{field.TooLong(path, "", int(*most))}
		}
	}

	return errs
}

// memberOf is the schema of a member of an object, or nil if it has none.
func memberOf(s *structural.Structural, name string) *structural.Structural {
	if member, ok := s.Properties[name]; ok {
		return &member
	}

	if s.AdditionalProperties != nil {
		return s.AdditionalProperties.Structural
	}

	return nil
}
