package test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// testNamespace is a namespace of a Go test's own, as a script has one.
type testNamespace struct {
	namespace, kubeconfig, dir string

	settings []string // in the environment of its commands
	flags    []string // of all its commands
}

func newTestNamespace(t *testing.T) testNamespace {
	t.Helper()
	p := testNamespace{namespace: newName(), dir: t.TempDir()}
	p.kubeconfig = filepath.Join(p.dir, "kubeconfig")
	if err := theStack.addNamespace(p.namespace); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theStack.dropNamespace(p.namespace) })
	body := mustJSON(map[string]any{"type": "aes256-gcm96", "derived": true})
	if _, err := theStack.vaultRequest(t.Context(), "POST", "transit/keys/"+p.derived(), body); err != nil {
		t.Fatal(err)
	}
	if err := theStack.kubeconfigFor(p.kubeconfig, p.namespace); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p testNamespace) derived() string { return p.namespace + "-derived" }

// file writes a file of the test's own and gives its path.
func (p testNamespace) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// result is what a command has said and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

func (p testNamespace) vaultseal(t *testing.T, args ...string) result {
	t.Helper()
	return p.vaultsealWith(t, nil, args...)
}

// vaultsealWith runs it with more in its environment.
func (p testNamespace) vaultsealWith(t *testing.T, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandEnd)
	defer cancel()
	command := exec.CommandContext(ctx, "kubectl-vaultseal", append(slices.Clone(p.flags), args...)...)
	command.Env = p.environment(env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// environment is that of a command, with more in it.
func (p testNamespace) environment(more ...string) []string {
	own := append(os.Environ(), "HOME="+p.dir, "KUBECONFIG="+p.kubeconfig, "VAULTSEAL_TRANSIT_KEY=transit/"+p.derived())
	return append(append(own, p.settings...), more...)
}

// get is the Secret as the API server has it, nil when there is none.
func (p testNamespace) get(t *testing.T, name string) *corev1.Secret {
	t.Helper()
	secret, err := theStack.secret(p.namespace, name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	check(t, err)
	return secret
}
