// Package coredump keeps the plaintext and the tokens of this process out of core dumps.
//
// The soft limit of core files is 0. Where the kernel pipes dumps into a program it does not look at that limit; on
// Linux the process is also not dumpable, which in addition keeps processes of the same user from reading its memory
// and its environment. A program that this process starts, or becomes, is dumpable again by itself, but inherits the
// limit: Limit.Restore gives it the user's own.
package coredump
