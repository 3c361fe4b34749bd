// Command kubectl is kubectl as Kubernetes builds it.
package main

import (
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // exec, OIDC and cloud logins
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	// Kubectl logs while its commands are being made, before flags are parsed.
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
