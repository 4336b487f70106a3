package main

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime is how long a function keeps a CPU busy. Unlike a clock it does not count what
// else the machine does.
func cpuTime(do func()) time.Duration {
	runtime.LockOSThread()

	defer runtime.UnlockOSThread()

	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
			panic(err)
		}

		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}

	start := now()

	do()

	return now() - start
}
