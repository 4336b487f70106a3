// Package fieldpath reads paths of fields as Kubernetes writes them, such as
// spec.tags[example.org/team] and status.conditions[0].type.
//
// crossplane-runtime has a package of this name, with a client of Kubernetes behind it:
// 13 MB of program, which take a quarter of the function's start and of its memory.
package fieldpath

import (
	"strconv"
	"strings"
)

// Split returns the names on a path. An index of a list keeps its brackets.
func Split(path string) []string {
	var names []string

	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			name, rest := bracketed(path)
			names, path = append(names, name), rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}

			names, path = append(names, path[:end]), path[end:]
		}
	}

	return names
}

// bracketed returns what is in the brackets that a path begins with, and what follows them.
// A key may have brackets itself: they end where a path can go on.
func bracketed(path string) (name, rest string) {
	for end := 1; end < len(path); end++ {
		if path[end] != ']' || end+1 < len(path) && path[end+1] != '.' && path[end+1] != '[' {
			continue
		}

		name, rest = path[1:end], path[end+1:]
		if _, err := strconv.ParseUint(name, 10, 32); err == nil {
			return path[:end+1], rest
		}

		return name, rest
	}

	return path[1:], ""
}

// Key is a name on a path without its brackets: an index may be a key that is a number.
func Key(name string) string {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}

	return name
}

// Get what is at a path in an object, and say whether there is something.
func Get(o any, path string) (any, bool) {
	for _, name := range Split(path) {
		switch v := o.(type) {
		case map[string]any:
			next, ok := v[Key(name)]
			if !ok {
				return nil, false
			}

			o = next
		case []any:
			i, err := strconv.Atoi(Key(name))
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}

			o = v[i]
		default:
			return nil, false
		}
	}

	return o, true
}
