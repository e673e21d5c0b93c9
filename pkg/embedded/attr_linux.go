package embedded

import "syscall"

// childAttr puts a child into a process group of its own, so that Ctrl-C in a terminal reaches the parent alone, which then stops the child in order; and
// has the kernel tell the child to end when the parent dies without closing the pipe (a copy of it leaked into another process).
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
