package provider

import (
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// An operationTracker knows the last operation on a managed resource, as upjet's
// does. All of provider-aws's operations are asynchronous: the reconciler starts
// one, and hears of its end later.
type operationTracker struct {
	mu      sync.Mutex
	last    Operation
	started time.Time
	running bool
	err     error

	name      string // The external name of what was created.
	deleted   bool
	attempted bool // To create something.
}

// start an operation, unless one is running.
func (t *operationTracker) start(op Operation) error {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.running {
		return fmt.Errorf("%s operation that started at %s is still running", t.last, t.started)
	}

	t.last, t.started, t.running = op, time.Now(), true
	t.attempted = t.attempted || op == OperationCreate

	return nil
}

// end an operation, and say if the one before had failed.
func (t *operationTracker) end(err error) (failedBefore bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	failedBefore = t.err != nil
	t.err, t.running = err, false

	return failedBefore
}

// clear what is known of an operation that ended.
func (t *operationTracker) clear(keepError bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.running {
		return
	}

	t.last = ""
	if !keepError {
		t.err = nil
	}
}

func (t *operationTracker) isRunning() bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.running
}

// deleting says that a deletion runs, or ended and was not looked at since.
func (t *operationTracker) deleting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.last == OperationDelete
}

// lastError is that of the last operation that ended.
func (t *operationTracker) lastError() error {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.err
}

func (t *operationTracker) setCreated(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.name = name
}

func (t *operationTracker) setDeleted() {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.deleted = true
}

func (t *operationTracker) known() (name string, deleted, attempted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.name, t.deleted, t.attempted
}

// trackers of the managed resources, by UID.
type trackers struct {
	mu   sync.Mutex
	byID map[types.UID]*operationTracker
}

func (t *trackers) of(uid types.UID) *operationTracker {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.byID[uid] == nil {
		t.byID[uid] = &operationTracker{}
	}

	return t.byID[uid]
}

func (t *trackers) forget(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()

	delete(t.byID, uid)
}

// asyncFailed words the error of an operation as upjet does.
func asyncFailed(op Operation, err error) error {
	return errors.Wrapf(err, "async %s failed", op)
}

// The reasons of upjet's condition LastAsyncOperation.
var asyncReasons = map[Operation]xpv1.ConditionReason{
	OperationCreate: "AsyncCreateFailure",
	OperationUpdate: "AsyncUpdateFailure",
	OperationDelete: "AsyncDeleteFailure",
}

// lastAsyncOperation is upjet's condition of that name.
func lastAsyncOperation(op Operation, err error) xpv1.Condition {
	c := xpv1.Condition{
		Type:               "LastAsyncOperation",
		Status:             corev1.ConditionTrue,
		LastTransitionTime: metav1.Now(),
		Reason:             "Success",
	}
	if err != nil {
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, asyncReasons[op], err.Error()
	}

	return c
}
