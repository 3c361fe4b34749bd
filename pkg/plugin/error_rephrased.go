package plugin

// rephrasedError is an error in other words.
type rephrasedError struct {
	err  error
	text string
}

func (e *rephrasedError) Error() string { return e.text }
func (e *rephrasedError) Unwrap() error { return e.err }
