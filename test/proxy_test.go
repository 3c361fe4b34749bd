package test

// proxyCommands put a proxy between the plugin and a server, to do harm at a chosen moment.
func proxyCommands() map[string]command {
	return map[string]command{}
}
