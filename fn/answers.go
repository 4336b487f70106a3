package main

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/crossplane-contrib/function-data-platform/fn/server"
)

// maxAge is how long an answer is kept. It has the platform's passwords in it, which are not
// to outlive the platform for long; to compute one anew each hour costs nothing.
const maxAge = time.Hour

// answers that were given, by the hash of what was asked. docs/decisions/answers.md says
// what they hold.
type answers struct {
	most int64

	mu    sync.Mutex
	bytes atomic.Int64
	byAsk *expirable.LRU[[sha256.Size]byte, *server.Answer]
}

// newAnswers keeps at most so many bytes of them. 0 keeps none.
func newAnswers(most int64) *answers {
	a := &answers{most: most}
	if most > 0 {
		// The bytes are the limit, and not the number.
		a.byAsk = expirable.NewLRU(0, func(_ [sha256.Size]byte, gone *server.Answer) { a.bytes.Add(-gone.Size()) }, maxAge)
	}

	return a
}

// find the answer to what is asked.
func (a *answers) find(asked [sha256.Size]byte) (*server.Answer, bool) {
	if a.most <= 0 {
		return nil, false
	}

	return a.byAsk.Get(asked)
}

// keep an answer to what was asked, and forget those that were not asked for longest.
func (a *answers) keep(asked [sha256.Size]byte, answer *server.Answer) {
	if answer.Size() > a.most {
		return
	}

	a.mu.Lock()
	defer a.mu.Unlock()

	// Two may have asked at once.
	if a.byAsk.Contains(asked) {
		return
	}

	a.bytes.Add(answer.Size())
	a.byAsk.Add(asked, answer)

	for a.bytes.Load() > a.most {
		a.byAsk.RemoveOldest()
	}
}
