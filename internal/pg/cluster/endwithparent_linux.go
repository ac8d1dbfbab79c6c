package cluster

import "syscall"

// endWithParent has the kernel shut postgres down when this process is killed:
// nothing is left running that no one will look for. The kernel watches the
// thread that starts postgres, see supervise.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
