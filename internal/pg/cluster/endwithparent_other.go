//go:build !linux

package cluster

import "syscall"

// endWithParent can do nothing here: a postgres that outlives this process is
// shut down by the next Start.
func endWithParent(*syscall.SysProcAttr) {}
