package transit

import "syscall"

// lostErrors are those by which the system says that a connection was lost. Windows never says ECONNRESET or EPIPE,
// which syscall only has for the names.
func lostErrors() []error { return []error{syscall.WSAECONNRESET, syscall.WSAECONNABORTED} }
