package test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestInterruptedSetupPutsTheSourceOfSigningKeysBack: Vault has the new configuration, and the user stops setup before
// it gets the answer.
func TestInterruptedSetupPutsTheSourceOfSigningKeysBack(t *testing.T) {
	t.Parallel()
	published := newIssuer(t)
	kube := newOwnKube(t, published.signingFlags(signingKey(t))...)
	published.publish(t, kube)
	one := newKeySourceSetup(t, kube.kubeconfig)
	one.setup(t, append(one.base(), "--jwks-url=")...)
	one.seal(t)
	static := one.config(t)
	hold := newRequestHold()
	t.Cleanup(hold.release)
	var once sync.Once
	configured := "POST /v1/auth/" + one.mount + "/config"
	proxy, err := theStack.vaultProxy(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rule := pass
		if strings.Contains(line(r), configured) {
			once.Do(func() { rule = hold.after(configured) })
		}
		rule(w, r, next)
	})
	check(t, err)
	t.Cleanup(proxy.stop)

	interrupted := &process{Cmd: exec.CommandContext(t.Context(), "kubectl-vaultseal", append(one.base(), "setup",
		"--namespace="+one.namespace, "--vault-addr="+proxy.URL, "--jwks-ca-cert="+published.ca,
		"--jwks-url="+published.url+"/keys")...)}
	interrupted.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KUBECONFIG=" + one.kubeconfig,
		"VAULT_TOKEN=" + theStack.rootToken}
	interrupted.Stdout, interrupted.Stderr = &interrupted.stdout, &interrupted.stderr
	check(t, interrupted.Start())
	hold.next(t)
	if url := one.config(t)["jwks_url"]; url != published.url+"/keys" {
		t.Errorf("Vault has %v before the interrupt", url)
	}
	check(t, interrupted.Process.Signal(syscall.SIGINT))
	if code := interrupted.end(t); code != 130 || !strings.Contains(interrupted.stderr.String(),
		"vault does not answer whether it accepts the signing keys at ") ||
		!strings.Contains(interrupted.stderr.String(), "; so vault has static signing keys") {
		t.Errorf("exit code %d: %s", code, &interrupted.stderr)
	}
	one.has(t, static)
	one.opens(t, "after the interrupt")
}
