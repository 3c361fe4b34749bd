package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/vaultseal/kubectl-vaultseal/hack/stack/node"
)

// Commands that this program starts itself with, inside a node's namespaces.
const (
	initCommand      = "node-init" // their first process, which starts the next
	serveCommand     = "serve"
	configureCommand = "configure"
)

// checkNode says all that a node lacks here.
func checkNode(repo repository, dir stateDir) error {
	return node.Check(string(repo), string(dir))
}

// writeNodePKI lets Vault's certificate cover the address that pods use, and makes the
// one with which the API server asks kubelet for logs.
func writeNodePKI(dir stateDir) error {
	if err := writePKI(dir, net.ParseIP(node.BridgeAddress)); err != nil {
		return err
	}
	ca, err := newCA("kubelet's clients")
	if err != nil {
		return err
	}
	client, err := ca.newClient("kube-apiserver", "system:masters")
	if err != nil {
		return err
	}
	return errors.Join(
		ca.write(dir.path(kubeletClientCA), dir.path(kubeletClientCAKey)),
		client.write(dir.path(kubeletClient), dir.path(kubeletClientKey)),
	)
}

// forNode lets the API server serve pods, and ask kubelet for their logs.
func forNode(server *envtest.APIServer, dir stateDir) {
	server.Address, server.Port = node.APIAddress, node.APIPort
	server.Configure().
		Set("authorization-mode", "Node,RBAC").
		Set("enable-admission-plugins", "NodeRestriction").
		Set("kubelet-client-certificate", dir.path(kubeletClient)).
		Set("kubelet-client-key", dir.path(kubeletClientKey)).
		Set("kubelet-preferred-address-types", "InternalIP")
}

// holdNode makes a node's namespaces and cgroup, and lets the servers run there until ctx
// is done or one of them fails.
func holdNode(ctx context.Context, dir stateDir) (err error) {
	cgroup, err := node.NewCgroup()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cgroup.Remove()) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir.path(nodeDir), 0o700); err != nil {
		return err
	}
	cmd := exec.Command(self, "-state", string(dir), initCommand, "-node")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), cgroupVariable+"=/"+cgroup.Name)
	err = node.Hold(ctx, cmd, func(pid int, namespace string) error {
		described := node.Describe(dir.path(nodeDir))
		described.PID, described.Namespace = pid, namespace
		return writeJSON(dir.path(nodeFile), described)
	})
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exitStatus(exit.ExitCode()) // the command has said itself what is wrong
	}
	return err
}

// cgroupVariable names the cgroup of the pods to the servers.
const cgroupVariable = "VAULTSEAL_STACK_CGROUP"

// initNode is the first process of a node's namespaces.
func initNode(dir stateDir) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	code, err := node.Init(dir.path(nodeDir), []string{self, "-state", string(dir), serveCommand, "-node"})
	if err == nil && code != 0 {
		return exitStatus(code)
	}
	return err
}

// Kubeconfig files of the node's programs.
const (
	kubeletConfig    = "kubelet.kubeconfig"
	controllerConfig = "kube-controller-manager.kubeconfig"
	schedulerConfig  = "kube-scheduler.kubeconfig"
)

func nodeConfig(dir stateDir) node.Config {
	return node.Config{
		Dir: dir.path(nodeDir), Bin: dir.path(binDir), Cgroup: os.Getenv(cgroupVariable),
		ClientCA: dir.path(kubeletClientCA),
		Users: node.Users{Admin: dir.path(kubeconfig), Kubelet: dir.path(kubeletConfig),
			Controllers: dir.path(controllerConfig), Scheduler: dir.path(schedulerConfig)},
		RootCA:   dir.path("kube-apiserver", "root-ca.crt"),
		TokenKey: dir.path("kube-apiserver", "sa-signer.key"),
	}
}

// joinNode starts what needs the API server.
func joinNode(ctx context.Context, kube *controlPlane, n *node.Node) error {
	users := map[string]envtest.User{
		kubeletConfig:    {Name: "system:node:" + node.Name, Groups: []string{"system:nodes"}},
		controllerConfig: {Name: "system:kube-controller-manager"},
		schedulerConfig:  {Name: "system:kube-scheduler"},
	}
	for file, user := range users {
		if err := kube.writeKubeconfig(file, user); err != nil {
			return err
		}
	}
	ca := kube.envs.GetAPIServer().CA
	if err := os.WriteFile(nodeConfig(kube.dir).RootCA, ca, 0o600); err != nil {
		return err
	}
	return withDaemonLog(n.Join(ctx))
}

// withDaemonLog adds the last lines of the log of a program that has ended.
func withDaemonLog(err error) error {
	var daemon *node.DaemonError
	if errors.As(err, &daemon) {
		return withLog(err, daemon.Log)
	}
	return err
}

// starterFor starts commands inside the namespaces of the stack's node, if it has one.
func starterFor(dir stateDir) (starter, error) {
	state, err := dir.readState()
	if err != nil || !state.Node {
		return (*exec.Cmd).Start, err
	}
	var described node.Description
	if err := readJSON(dir.path(nodeFile), &described); err != nil {
		return nil, err
	}
	return described.Start, nil
}

// configureWhereItRuns configures a stack, which only answers inside its node's
// namespaces if it has one.
func configureWhereItRuns(ctx context.Context, dir stateDir, v variant) error {
	state, err := dir.readState()
	if err != nil {
		return err
	}
	if state.Bare {
		v.bare = true // as it was started
	}
	if !state.Node {
		return configure(ctx, dir, v.bare)
	}
	start, err := starterFor(dir)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	v.node = true
	var said strings.Builder
	cmd := exec.CommandContext(ctx, self, append([]string{"-state", string(dir), configureCommand}, v.flags()...)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := start(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return errors.Join(errors.New(strings.TrimPrefix(strings.TrimSpace(said.String()), "error: ")), err)
	}
	return nil
}
