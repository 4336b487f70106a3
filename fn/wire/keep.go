package wire

// A Keep says what is kept of a value. Nil keeps nothing of it. Once it is in use nothing
// may be added to it; it may then be shared.
type Keep struct {
	// all is kept, but for some fields.
	all    bool
	except map[string]bool

	// fields of an object that are kept.
	fields map[string]*Keep

	// items is what is kept of each element of a list.
	items *Keep
}

// everything is kept.
var everything = &Keep{all: true}

// Paths keeps what is at each of some paths, whole. An index of a list, [0], keeps the same
// of every element: without the others one would be found at another place.
func (k *Keep) Paths(paths ...[]string) *Keep {
	for _, path := range paths {
		k.at(path).all = true
	}

	return k
}

// Without keeps what is at a path, but for some of its fields.
func (k *Keep) Without(fields []string, path ...string) *Keep {
	to := k.at(path)
	to.all, to.except = true, make(map[string]bool, len(fields))

	for _, f := range fields {
		to.except[f] = true
	}

	return k
}

// at is what is kept at a path.
func (k *Keep) at(path []string) *Keep {
	for _, name := range path {
		if name[0] == '[' {
			if k.items == nil {
				k.items = &Keep{}
			}

			k = k.items

			continue
		}

		if k.fields == nil {
			k.fields = map[string]*Keep{}
		}

		if k.fields[name] == nil {
			k.fields[name] = &Keep{}
		}

		k = k.fields[name]
	}

	return k
}

// field is what is kept of a field of an object. Some of one that is left out of all may be
// kept all the same.
func (k *Keep) field(name []byte) *Keep {
	if k.all && !k.except[string(name)] {
		return everything
	}

	return k.fields[string(name)]
}

// object is what is kept of an object, and list of each element of a list. What is another
// thing than it should be is kept whole: the error that names it shows it.
func (k *Keep) object() *Keep {
	if k.fields == nil {
		return everything
	}

	return k
}

func (k *Keep) list() *Keep {
	if k.items == nil {
		return everything
	}

	return k.items
}
