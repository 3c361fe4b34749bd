// Package model says what each operation may do to a Secret, and checks histories against it. A history is good if each
// Secret's operations are linearizable, if every write in etcd is what its operation does to the state before it, and
// if nothing was written by an operation that says it did nothing.
package model
