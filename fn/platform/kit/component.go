package kit

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	xpv2 "github.com/crossplane/crossplane-runtime/v2/apis/common/v2"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// A Component is one part of the platform, such as the cache. All that is known of it is
// in its package.
type Component struct {
	// Condition is the type of the condition that says how the component is.
	Condition string

	// Reads is what the component reads of observed resources.
	Reads []Reading

	// Public are the keys, in connection details and in Secrets, whose values anybody
	// may see. All other values are taken out of every message. A key means the same in
	// all components.
	Public []string

	// Anew begins the keys of resources that are made anew, and never taken over.
	Anew []string

	// Resolve answers the component's open questions. It may use what the components
	// before it have resolved. Its error names the field, the value and the remedy.
	Resolve func(p *Plan) (Resolved, error)
}

// Resolved is a component of one platform. What is nil the component has not.
type Resolved struct {
	// Compose returns what the component is made of.
	Compose func() Part

	// Status writes the component's part of the XR's status: what AWS made of it. It
	// finds there what was known before, which stays while a resource's own status is
	// empty for a moment.
	Status func(s *v1alpha1.XDataPlatformStatus)

	// Alarms of the component.
	Alarms []Alarm

	// Connection is how applications connect to the component.
	Connection Connection
}

// A Part is what a component is made of.
type Part struct {
	Resources []Resource

	// Leaving are resources that were composed before and are no longer wanted. Only
	// those that exist count.
	Leaving []Leaving

	// Withheld is what is still to come.
	Withheld []Withheld

	// Failing says what can't come, and why.
	Failing []string

	// Protected is the key of a resource that must not be deleted, and neither may the
	// platform, if its deletion protection is on.
	Protected []string

	// Publish are connection details of the XR itself, which only that of a claim has.
	Publish map[string][]byte

	// LookUp names a Secret to look up for Request.ConnectionSecret, if any.
	LookUp string
}

// A Resource is one desired composed resource.
type Resource struct {
	// Key is the composed resource's name in the composition. Keys are frozen:
	// renaming one deletes what it named.
	Key    string
	Object Object
	Ready  bool

	// Needs are the keys of the resources that AWS refuses to delete, or that must stay
	// for another reason, while this one exists.
	Needs []string

	// Plain resources have no conditions of their own: they are ready when they
	// exist.
	Plain bool
}

// An Object is a Kubernetes object with metadata.
type Object interface {
	GetObjectKind() schema.ObjectKind
	metav1.Object
}

// A Managed object is of something in AWS.
type Managed interface {
	// Managed is the part of its spec that says what the provider may do, and where.
	Managed() *xpv2.ManagedResourceSpec
}

// A Leaving is a resource that is no longer wanted, as it would be composed.
type Leaving struct {
	Resource

	// Held says that something still uses it, and that AWS would refuse to delete it.
	Held bool
}

// A Withheld is something that is not composed yet.
type Withheld struct {
	// Key of the resource, if it is one.
	Key string

	// Plain says that it is not in AWS.
	Plain bool

	// Why it is not composed, or what is waited for.
	Why string

	// Needs are those of the resource, if it is one.
	Needs []string
}

func (w Withheld) String() string {
	if w.Key == "" {
		return w.Why
	}

	return w.Key + " (" + w.Why + ")"
}

// After says of a resource that it is withheld until another is ready. Without it AWS
// would refuse it, and the provider would try again later and later.
func After(r Resource, other string) Withheld {
	return Withheld{Key: r.Key, Why: "to be created after " + other, Needs: r.Needs}
}

// An Alarm watches one metric of a component's.
type Alarm struct {
	// Name follows alarm- in the alarm's key, and the platform's name in AWS.
	Name string

	// What the alarm says, in a sentence without its full stop.
	What string

	// Namespace and Metric, and the dimension that tells whose it is.
	Namespace string
	Metric    string
	Dimension string
	Of        string

	// Statistic of each period, what it is compared by, and with.
	Statistic  string
	Comparison string
	Threshold  int64

	// Periods are how many in a row raise the alarm.
	Periods int64

	// Missing is how missing data counts, if not as AWS has it.
	Missing string

	// Withheld says why the alarm can't be created yet, if so.
	Withheld string

	// Leaving says that the alarm was composed before and is no longer wanted.
	Leaving bool
}

// Key of the alarm's resource.
func (a Alarm) Key() string { return KeyAlarm + a.Name }

// KeyAlarm begins the keys of alarms.
const KeyAlarm = "alarm-"

// A Connection is how applications connect to a component.
type Connection struct {
	// Keys that applications find once the component is there.
	Keys []string

	// Values of all the keys, or of none while one is missing: all that belongs to one
	// service changes together. A new host with an old password is of no use.
	Values map[string]string
}
