//go:build !linux

package main

import "time"

// cpuTime is how long a function takes.
func cpuTime(do func()) time.Duration {
	start := time.Now()

	do()

	return time.Since(start)
}
