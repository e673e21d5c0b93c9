//go:build !linux

package embedded

import "syscall"

// childAttr puts a child into a process group of its own, so that Ctrl-C in a terminal reaches the parent alone, which then stops the child in order.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
