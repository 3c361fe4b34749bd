// Command controlplane is kube-apiserver and etcd in one binary: which of the two it
// is, is decided by the name it is called under. Most of their code is the same, so one
// binary halves the time to link and the space it takes.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register" // --logging-format=json
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	go exitWithParent()

	switch name := filepath.Base(os.Args[0]); name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(app.NewAPIServerCommand()))
	default:
		fmt.Fprintf(os.Stderr, "%s: call this binary under the name etcd or kube-apiserver\n", name)
		os.Exit(2)
	}
}
