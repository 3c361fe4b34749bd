// Package vectors reads the format of sealed Secrets as docs/format.md defines it, with Go's standard library alone. It
// shares no code with the plugin: the tests hold both to the files beside it, and so to each other.
package vectors
