package provider

import (
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
)

// Options of a provider. What is not set has a default.
type Options struct {
	// Delays of AWS. Default: DefaultDelays.
	Delays Delays

	// PollInterval is how often a resource that nothing happened to is observed, give or
	// take pollJitter. Each time its status is written, see SetConditions. Default: 10
	// minutes, as provider-aws's.
	PollInterval time.Duration

	// MinBackoff and MaxBackoff bound how long a resource that failed waits for its
	// next try. Default: 500ms and 15s; the provider's are 1s and 60s.
	MinBackoff, MaxBackoff time.Duration

	// MaxConcurrentReconciles of each kind. Default: 100, as provider-aws's.
	MaxConcurrentReconciles int

	// Logger of the controllers. Default: none.
	Logger logr.Logger
}

func (o Options) withDefaults() Options {
	if o.Delays == nil {
		o.Delays = DefaultDelays()
	}

	if o.PollInterval == 0 {
		o.PollInterval = 10 * time.Minute
	}

	if o.MinBackoff == 0 {
		o.MinBackoff = 500 * time.Millisecond
	}

	if o.MaxBackoff == 0 {
		o.MaxBackoff = 15 * time.Second
	}

	if o.MaxConcurrentReconciles == 0 {
		o.MaxConcurrentReconciles = 100
	}

	if o.Logger.GetSink() == nil {
		// Not logr.Discard: controller-runtime takes that for none, and then uses
		// its global logger.
		o.Logger = funcr.New(func(_, _ string) {}, funcr.Options{})
	}

	return o
}

// A Delay is how long AWS takes.
type Delay struct {
	Create, Update, Delete time.Duration

	// Pending is how long the provider takes to see that a change that waits for the
	// maintenance window has not been made.
	Pending time.Duration
}

// Delays of each kind, such as rds/Instance. Those of other kinds are at "".
type Delays map[string]Delay

// DefaultDelays returns AWS's delays, about a fiftieth of them for what takes minutes: a
// Multi-AZ database 10 to 15 minutes, a replication group about 8, a NAT gateway 2. A
// stream takes half a minute there, the others seconds. Of a change that waits for the
// maintenance window the provider asks AWS again after 80 seconds for a database, and each
// second for a replication group.
func DefaultDelays() Delays {
	return Delays{
		"":                             {Create: 300 * time.Millisecond, Update: 300 * time.Millisecond, Delete: 300 * time.Millisecond},
		"ec2/NATGateway":               {Create: 3 * time.Second, Update: 300 * time.Millisecond, Delete: 2 * time.Second},
		"elasticache/ReplicationGroup": {Create: 10 * time.Second, Update: 3 * time.Second, Delete: 5 * time.Second, Pending: time.Second},
		"kinesis/Stream":               {Create: 2 * time.Second, Update: time.Second, Delete: time.Second},
		"rds/Instance":                 {Create: 15 * time.Second, Update: 4 * time.Second, Delete: 6 * time.Second, Pending: 1600 * time.Millisecond},
	}
}

func (d Delays) of(kind string) Delay {
	if delay, ok := d[kind]; ok {
		return delay
	}

	return d[""]
}
