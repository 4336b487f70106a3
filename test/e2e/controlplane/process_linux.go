package controlplane

import "syscall"

// processAttributes of every program. It gets a process group of its own, so that
// Ctrl+C in a terminal reaches the tests only, which then stop the programs in
// order. If the tests die without doing that, the kernel kills the programs.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
