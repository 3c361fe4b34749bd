// Package architecture has only tests. They hold what no compiler checks: the directions of our imports, that the globs
// of linter rules match files, that a target runs each package with tests and each fuzz target, and that
// CONTRIBUTING.md names what exists.
package architecture
