package main

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
)

// How long Crossplane may wait before it asks again, if nothing happens that it watches.
// docs/decisions/response-ttl.md says why.
const (
	// shortTTL is for a platform that is not as it should be: while its circuit breaker is
	// open Crossplane loses what happens (crossplane/crossplane#7703), and what is waited
	// for may be among it. So may the end of what is on its way out.
	shortTTL = time.Minute

	// longTTL is for a platform that has settled, unless a policy says another. It is how
	// often provider-aws looks at what is in AWS.
	longTTL = 10 * time.Minute
)

// ttl of the answer that is a platform.
func ttl(in *policy, p *platform.Platform) *durationpb.Duration {
	if !p.Settled {
		return durationpb.New(min(shortTTL, in.TTL))
	}

	return durationpb.New(in.TTL)
}
