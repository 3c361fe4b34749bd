package test

// serverCommands start servers other than the stack's, and users other than the administrator.
func serverCommands() map[string]command {
	return map[string]command{}
}
