// Package broken builds the plugin with a mistake that is known, for the tests that must notice it. The plugin's source
// has no switch for that: the go command replaces files of it.
package broken
