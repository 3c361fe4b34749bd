package plugin

// child is the command that exec runs.
type child struct {
	path    string
	args    []string
	env     []string
	process Process
}
