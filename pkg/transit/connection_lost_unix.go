//go:build !windows

package transit

import "syscall"

// lostErrors are those by which the system says that a connection was lost.
func lostErrors() []error { return []error{syscall.ECONNRESET, syscall.EPIPE} }
