// Command robustness lets clients work on sealed Secrets at the same time, on the local stack, while it breaks the
// plugin, the network and the servers. It records what they did and checks these histories. See README.md.
package main
