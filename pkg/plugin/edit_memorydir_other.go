//go:build !linux

package plugin

// memoryDirs is empty: only Linux has directories that are known to be in memory.
func memoryDirs() []string { return nil }
