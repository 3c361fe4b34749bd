//go:build !linux

package plugin

// memoryDirs are none: only Linux has directories that are known to be in memory.
func memoryDirs() []string { return nil }
