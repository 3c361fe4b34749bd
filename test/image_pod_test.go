package test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"path"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// accountVolume is where a pod's containers find what the API server lets them know of itself.
const accountVolume = "/var/run/secrets/kubernetes.io/serviceaccount"

// pod is one that the API server has admitted. No scheduler and no kubelet sees it: the test runs its containers.
type pod struct{ *corev1.Pod }

func (p testNamespace) newPod(t *testing.T, template corev1.PodTemplateSpec) pod {
	t.Helper()
	wanted := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	wanted.GenerateName = "pod-"
	admitted, err := administrator(t).Pods(p.namespace).Create(context.Background(), wanted, metav1.CreateOptions{})
	check(t, err)
	return pod{admitted}
}

// containers are the pod's, of the images that are named as the images of `make images`.
func (p pod) containers(t *testing.T) []container {
	t.Helper()
	var containers []container
	for _, spec := range p.Spec.Containers {
		name, _, _ := strings.Cut(path.Base(spec.Image), ":")
		containers = append(containers, p.equip(t, newContainer(t, name), spec))
	}
	return containers
}

// equip gives a container what kubelet gives it, and fails on what this kubelet does not know.
func (p pod) equip(t *testing.T, c container, spec corev1.Container) container {
	t.Helper()
	c.args = spec.Args
	if len(spec.Command) > 0 {
		c.config.Config.Entrypoint = spec.Command
	}
	ofPod, s := cmp.Or(p.Spec.SecurityContext, &corev1.PodSecurityContext{}),
		cmp.Or(spec.SecurityContext, &corev1.SecurityContext{})
	if user := cmp.Or(s.RunAsUser, ofPod.RunAsUser); user != nil {
		group := cmp.Or(s.RunAsGroup, ofPod.RunAsGroup, new(int64)) // root's, as the images name no other for the user
		c.config.Config.User = fmt.Sprintf("%d:%d", *user, *group)
	}
	c.writable = s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem
	for _, mount := range spec.VolumeMounts {
		c.mounts[mount.MountPath] = string(p.volume(t, mount.Name))
	}
	c.env = append(serviceEnv(t, kubeConfig(t).Host), "HOSTNAME="+p.Name)
	for _, variable := range spec.Env {
		if variable.ValueFrom != nil || strings.Contains(variable.Value, "$(") {
			t.Fatalf("variable %s: only plain values are known here", variable.Name)
		}
		c.env = append(c.env, variable.Name+"="+variable.Value)
	}
	return c
}

// volume is one of the pod's, projected: the only kind that is known here.
func (p pod) volume(t *testing.T, name string) projection {
	t.Helper()
	files := map[string]string{}
	for _, volume := range p.Spec.Volumes {
		if volume.Name != name {
			continue
		}
		if volume.Projected == nil {
			t.Fatalf("volume %s is not projected", name)
		}
		for _, source := range volume.Projected.Sources {
			p.project(t, source, files)
		}
	}
	return newProjection(t, files)
}

func (p pod) project(t *testing.T, source corev1.VolumeProjection, files map[string]string) {
	t.Helper()
	switch {
	case source.ServiceAccountToken != nil:
		files[source.ServiceAccountToken.Path] = p.token(t, source.ServiceAccountToken)
	case source.ConfigMap != nil && source.ConfigMap.Name == "kube-root-ca.crt": // which a controller would have made
		files["ca.crt"] = string(kubeConfig(t).CAData)
	case source.DownwardAPI != nil && source.DownwardAPI.Items[0].FieldRef.FieldPath == "metadata.namespace":
		files[source.DownwardAPI.Items[0].Path] = p.Namespace
	default:
		t.Fatalf("pod %s: this projection is not known here: %v", p.Name, source)
	}
}

// token is bound to the pod, as kubelet's are.
func (p pod) token(t *testing.T, of *corev1.ServiceAccountTokenProjection) string {
	t.Helper()
	request := authenticationv1.TokenRequestSpec{
		ExpirationSeconds: of.ExpirationSeconds,
		BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: p.Name,
			UID: p.UID},
	}
	if of.Audience != "" {
		request.Audiences = []string{of.Audience}
	}
	return issue(t, p.Namespace, p.Spec.ServiceAccountName, request)
}

// issue is a token of an account; no audience: for the API server.
func issue(t *testing.T, namespace, account string, request authenticationv1.TokenRequestSpec) string {
	t.Helper()
	answer, err := administrator(t).ServiceAccounts(namespace).
		CreateToken(context.Background(), account, &authenticationv1.TokenRequest{Spec: request},
			metav1.CreateOptions{})
	check(t, err)
	return answer.Status.Token
}

func administrator(t *testing.T) corev1client.CoreV1Interface {
	t.Helper()
	core, err := theStack.core()
	check(t, err)
	return core
}

func kubeConfig(t *testing.T) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	check(t, err)
	return config
}

// serviceEnv is how a pod learns of the API server.
func serviceEnv(t *testing.T, address string) []string {
	t.Helper()
	at, err := url.Parse(address)
	check(t, err)
	host, port, err := net.SplitHostPort(at.Host)
	check(t, err)
	return []string{"KUBERNETES_SERVICE_HOST=" + host, "KUBERNETES_SERVICE_PORT=" + port}
}

// plainKubeProxy starts a proxy before the API server, over TLS with the CA of the stack. It adds no credential:
// clients need their own.
func plainKubeProxy(t *testing.T, rule rule) *proxy {
	t.Helper()
	config := kubeConfig(t)
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(config))
	check(t, err)
	next, err := forwardTo(config.Host, transport)
	check(t, err)
	p := newProxy(next, rule)
	check(t, p.startTLS())
	t.Cleanup(p.stop)
	return p
}
