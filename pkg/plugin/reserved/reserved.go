// Package reserved holds the file descriptors that exec may pass a document on, from before any other package opens a
// file: the lowest that are free would go to Go's poller and to its signals, which cannot be moved. It imports nothing
// but syscall, so that Go initialises it early. Linux needs none of it: a thread can have descriptors of its own there.
package reserved

// First and Last are the descriptors that can be asked for.
const (
	First = 3
	Last  = 9
)
