package provider

import (
	"errors"
	"slices"
	"sync"
)

// AnnotationFail makes each of AWS's operations on a managed resource fail with
// the error that is its value, as long as the resource has it.
const AnnotationFail = "provider-double.dataplatform.crossplane.io/fail"

// An Operation of AWS's.
type Operation string

// Operations.
const (
	OperationObserve Operation = "observe"
	OperationCreate  Operation = "create"
	OperationUpdate  Operation = "update"
	OperationDelete  Operation = "delete"
)

// A Failure is what AWS is told to do instead of what it is asked to.
type Failure struct {
	Kind       string      // Such as rds/Instance.
	Namespace  string      // Of the managed resources. All if empty.
	Operations []Operation // All if empty.
	Error      string      // AWS's error, such as "InsufficientCapacity: ...".
}

// failures that AWS was told of.
type failures struct {
	mu   sync.Mutex
	told []*Failure
}

func (f *failures) add(failure *Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.told = append(f.told, failure)
}

func (f *failures) remove(failure *Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.told = slices.DeleteFunc(f.told, func(other *Failure) bool { return other == failure })
}

// of an operation on a managed resource, or nil.
func (f *failures) of(op Operation, m *Managed) error {
	if says := m.GetAnnotations()[AnnotationFail]; says != "" {
		return errors.New(says)
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	for _, t := range f.told {
		if t.Kind == m.Kind() && (t.Namespace == "" || t.Namespace == m.GetNamespace()) && (len(t.Operations) == 0 || slices.Contains(t.Operations, op)) {
			return errors.New(t.Error)
		}
	}

	return nil
}
