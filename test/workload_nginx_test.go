package test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestWorkloadNginx runs the example with a plaintext Secret, then with a sealed one and injected with --refresh: nginx
// serves the certificate, and a new one without a restart.
func TestWorkloadNginx(t *testing.T) {
	t.Parallel()
	n := theNode(t)
	n.loadVaultseal(t)
	n.loadNginx(t)
	p := newSetUpWorkload(t, "../examples/nginx/nginx.yaml")
	manifest := p.read(t, "../examples/nginx/nginx.yaml")
	cert, key := p.certificate(t, "nginx")
	p.kubectl(t, "create", "secret", "tls", "nginx-tls", "--cert="+cert, "--key="+key)
	p.apply(t, manifest)
	awaitCertificate(t, p.awaitReady(t, p.onlyPod(t, "app=nginx")), p.read(t, cert))
	p.kubectl(t, "delete", "deployment/nginx", "secret/nginx-tls", "--cascade=foreground")

	cert, key = p.certificate(t, "nginx")
	create := []string{"create", "nginx-tls", "--type=kubernetes.io/tls", "--from-file=tls.crt=" + cert,
		"--from-file=tls.key=" + key}
	p.develops(t, create...)
	p.apply(t, p.injected(t, "../examples/nginx/nginx.yaml", "--refresh"))
	pod := p.awaitReady(t, p.onlyPod(t, "app=nginx"))
	awaitCertificate(t, pod, p.read(t, cert))

	newCert, newKey := p.certificate(t, "nginx")
	p.develops(t, "set", "nginx-tls", "tls.key", "--from-file="+newKey) // first: a new certificate reloads nginx
	p.develops(t, "set", "nginx-tls", "tls.crt", "--from-file="+newCert)
	awaitCertificate(t, pod, p.read(t, newCert))
	if now := p.awaitReady(t, pod.Name); now.Status.ContainerStatuses[0].RestartCount != 0 {
		t.Error("nginx was started again")
	}
	for _, private := range []string{key, newKey} {
		if found := n.findPlaintext(t, p, keyLine(t, private)); found != nil {
			t.Errorf("the private key is in %q", found)
		}
	}
}

// awaitCertificate waits until the pod serves a certificate: kubelet needs about a minute for a changed Secret.
func awaitCertificate(t *testing.T, pod *corev1.Pod, want string) {
	t.Helper()
	block, _ := pem.Decode([]byte(want))
	wanted, err := x509.ParseCertificate(block.Bytes)
	check(t, err)
	for deadline := time.Now().Add(podEnd); ; time.Sleep(500 * time.Millisecond) {
		connection, err := tls.Dial("tcp", net.JoinHostPort(pod.Status.PodIP, "8443"), &tls.Config{
			InsecureSkipVerify: true, // it is compared below
		})
		if err == nil {
			served := connection.ConnectionState().PeerCertificates[0]
			check(t, connection.Close())
			if sha256.Sum256(served.Raw) == sha256.Sum256(wanted.Raw) {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the certificate is not served: %v\n%s", err, testNamespace{namespace: pod.Namespace}.tell(t, pod))
		}
	}
}
