// Command vault serves a real Vault over TLS for tests: one node, storage in memory or
// in a directory, with the engines and login methods that vaultseal uses and a file
// audit device. It initialises and unseals itself and leaves its root token and unseal
// key in a file, so it is nothing to keep secrets in. With -cluster-listen it is a node of
// a cluster, which others initialise and unseal.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type options struct {
	listen    string // HOST:PORT; port 0 takes a free one
	tlsCert   string // PEM file, leaf first
	tlsKey    string // PEM file
	storage   string // directory; empty keeps everything in memory
	auditLog  string // absolute path; empty leaves auditing off
	readyFile string // written when it serves; empty: no file
	sealed    bool   // seal again once set up
	bare      bool   // set nothing up
	cluster   string // HOST:PORT for the other nodes of a cluster; empty: it is no node of one
	logLevel  string
}

func main() {
	go exitWithParent()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, parseFlags()); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` to serve on; port 0 takes a free port")
	flag.StringVar(&o.tlsCert, "tls-cert", "", "PEM `file` with the server's certificate (required)")
	flag.StringVar(&o.tlsKey, "tls-key", "", "PEM `file` with the certificate's private key (required)")
	flag.StringVar(&o.storage, "storage", "", "`directory` that keeps the data; its unseal key and root token are "+
		"kept in DIRECTORY.keys.json (default: in memory)")
	flag.StringVar(&o.auditLog, "audit-log", "", "`file` for the audit device's JSON lines (default: no audit device)")
	flag.StringVar(&o.readyFile, "ready-file", "",
		"`file` to write address, root_token and unseal_key to, as JSON, once it serves")
	flag.BoolVar(&o.sealed, "sealed", false, "stay sealed after the set-up")
	flag.BoolVar(&o.bare, "uninitialised", false, "stay as it is before vault operator init")
	flag.StringVar(&o.cluster, "cluster-listen", "",
		"`address` for the other nodes of a cluster with integrated storage in -storage; the node then sets nothing "+
			"up: initialise it or let it join, and unseal it")
	flag.StringVar(&o.logLevel, "log-level", "info", "`level` of the log on stderr: trace, debug, info, warn or error")
	flag.Parse()

	if o.isNode() && o.storage == "" {
		fmt.Fprintln(os.Stderr, "error: -cluster-listen needs -storage")
		os.Exit(2)
	}
	if flag.NArg() > 0 || o.tlsCert == "" || o.tlsKey == "" {
		fmt.Fprintln(os.Stderr, "error: -tls-cert and -tls-key are required, and there are no arguments")
		flag.Usage()
		os.Exit(2)
	}
	return o
}
