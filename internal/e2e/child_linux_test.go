package e2e_test

import (
	"os/exec"
	"syscall"
)

// bindToParent lets the child end with the test process, however that ends.
func bindToParent(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
