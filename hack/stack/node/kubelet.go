package node

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// kubeletConfig differs from kubelet's defaults where the machine has other uses (disk,
// swap, iptables), and in syncFrequency, after which a changed Secret is in its volume
// (default: a minute).
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
cgroupRoot: %[1]s
failCgroupV1: false
failSwapOn: false
containerRuntimeEndpoint: unix://%[2]s
volumePluginDir: /run/vaultseal/volume-plugins
resolvConf: %[3]s
makeIPTablesUtilChains: false
evictionHard: {nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%", imagefs.inodesFree: "0%%"}
imageGCHighThresholdPercent: 100
syncFrequency: 10s
readOnlyPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %[4]s}}
authorization: {mode: Webhook}
`

// Join starts the other programs, and returns when the node is ready for pods of the
// namespace default. The API server must serve.
func (n *Node) Join(ctx context.Context) error {
	c := n.config
	if _, err := n.launch("kube-controller-manager", "--kubeconfig="+c.Users.Controllers,
		"--use-service-account-credentials", "--service-account-private-key-file="+c.TokenKey,
		"--root-ca-file="+c.RootCA, "--leader-elect=false", "--bind-address=127.0.0.1", "--profiling=false",
	); err != nil {
		return err
	}
	if _, err := n.launch("kube-scheduler", "--kubeconfig="+c.Users.Scheduler, "--leader-elect=false",
		"--bind-address=127.0.0.1", "--profiling=false"); err != nil {
		return err
	}
	resolv, err := n.write("resolv.conf", "")
	if err != nil {
		return err
	}
	file, err := n.write("kubelet.yaml",
		fmt.Sprintf(kubeletConfig, c.Cgroup, containerdSocket, resolv, c.ClientCA))
	if err != nil {
		return err
	}
	kubelet, err := n.launch("kubelet", "--config="+file, "--kubeconfig="+c.Users.Kubelet, "--root-dir="+kubeletDir,
		"--cert-dir="+n.path("kubelet-certificates"), "--hostname-override="+Name, "--node-ip="+BridgeAddress)
	if err != nil {
		return err
	}
	client, err := n.client()
	if err != nil {
		return err
	}
	return kubelet.await(ctx, func(ctx context.Context) error { return ready(ctx, client) })
}

// client is the administrator's.
func (n *Node) client() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", n.config.Users.Admin)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}

// ready is nil once pods are scheduled and run in the namespace default.
func ready(ctx context.Context, client kubernetes.Interface) error {
	node, err := client.CoreV1().Nodes().Get(ctx, Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if len(node.Spec.Taints) > 0 {
		return fmt.Errorf("node has taints: %v", node.Spec.Taints)
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
			return err
		}
	}
	return errors.New("node is not ready")
}
