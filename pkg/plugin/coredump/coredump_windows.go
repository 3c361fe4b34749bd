package coredump

// Limit is nothing: Windows has no limit of core files.
type Limit struct{}

// Disable does nothing on Windows, which writes no dump unless an administrator asks for it.
func Disable() *Limit { return &Limit{} }

// Restore does nothing.
func (*Limit) Restore() (back func()) { return func() {} }
