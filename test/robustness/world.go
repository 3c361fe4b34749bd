package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// world is where one round happens: namespaces with a transit key each, the roles of its clients in Vault, and the
// paths to the servers that faults break.
type world struct {
	*stack

	name       string
	namespaces []string
	secrets    []string // NAMESPACE/NAME, that may exist
	dir        string   // for files
	plugin     string

	kube                *servers.Kube // the API server that is killed; the stack's own never is
	kubeLink, vaultLink *servers.Link
	kubeFront           *front
	vaultFront          *front
	kubeconfigs         []string // through the link, and through the front
	vaultAddresses      []string
}

// Sizes of a world: few Secrets, so that clients meet.
const (
	namespacesOfWorld = 2
	secretsOfEach     = 3
)

func newWorld(ctx context.Context, s *stack, p paths, plugin string) (*world, error) {
	w := &world{stack: s, name: "r-" + strings.ToLower(rand.Text()[:8]), plugin: plugin, kube: p.kube,
		kubeLink: p.kubeLink, vaultLink: p.vaultLink, kubeFront: p.kubeFront, vaultFront: p.vaultFront,
		vaultAddresses: []string{p.vaultLink.URL(), p.vaultFront.url()}}
	var err error
	if w.dir, err = os.MkdirTemp("", "robustness-"); err != nil {
		return nil, err
	}
	for i := range namespacesOfWorld {
		namespace := w.name + "-" + strconv.Itoa(i+1)
		if err := w.addNamespace(ctx, namespace); err != nil {
			return nil, err
		}
		w.namespaces = append(w.namespaces, namespace)
		for n := range secretsOfEach {
			w.secrets = append(w.secrets, namespace+"/s"+strconv.Itoa(n+1))
		}
	}
	for role, ttl := range map[string]string{w.role(false): "30s", w.role(true): "1s"} {
		if err := w.addRole(ctx, role, ttl); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(w.editor(), []byte(editorScript), 0o700); err != nil {
		return nil, err
	}
	return w, w.writeKubeconfigs()
}

func keyOf(namespace string) string { return namespace + "-derived" }

// role is the role of the clients; short: its Vault tokens live for a second.
func (w *world) role(short bool) string {
	if short {
		return w.name + "-short"
	}
	return w.name
}

func (w *world) addNamespace(ctx context.Context, name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := w.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "vaultseal"}}
	if _, err := w.core.ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := w.write(ctx, "transit/keys/"+keyOf(name), map[string]any{"type": "aes256-gcm96", "derived": true,
		"exportable": true, "allow_plaintext_backup": true}) // so that all that was ever written can be opened
	return err
}

func (w *world) account() string { return w.namespaces[0] + "/vaultseal" }

func (w *world) addRole(ctx context.Context, name, ttl string) error {
	_, err := w.write(ctx, "auth/jwt/role/"+name, map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"},
		"bound_claims":   map[string]string{"sub": "system:serviceaccount:" + w.namespaces[0] + ":vaultseal"},
		"claim_mappings": map[string]string{"/kubernetes.io/namespace": "service_account_namespace"},
		"token_policies": []string{"vaultseal", "vaultseal-rotator", "vaultseal-retirer"},
		"token_ttl":      ttl, "token_no_default_policy": true,
	})
	return err
}

// writeKubeconfigs writes one with the administrator's certificate for the link, and one without for the front.
func (w *world) writeKubeconfigs() error {
	for i, server := range []string{w.kubeLink.URL(), w.kubeFront.url()} {
		config, err := clientcmd.LoadFromFile(w.kubeconfig)
		if err != nil {
			return err
		}
		kubeContext := config.Contexts[config.CurrentContext]
		config.Clusters[kubeContext.Cluster].Server = server
		if strings.HasPrefix(server, "http:") {
			config.Clusters[kubeContext.Cluster].CertificateAuthorityData = nil
			kubeContext.AuthInfo = ""
		}
		path := filepath.Join(w.dir, fmt.Sprintf("kubeconfig-%d", i))
		if err := clientcmd.WriteToFile(*config, path); err != nil {
			return err
		}
		w.kubeconfigs = append(w.kubeconfigs, path)
	}
	return nil
}

// remove removes what a rotation of a later round would see.
func (w *world) remove(ctx context.Context) error {
	for _, namespace := range w.namespaces {
		err := w.core.Secrets(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if err := w.core.Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return os.RemoveAll(w.dir)
}

func (w *world) editor() string { return filepath.Join(w.dir, "editor") }

// editorScript keeps what it is shown, and changes it as the variables say.
const editorScript = `#!/bin/sh
cp "$1" "$ROBUSTNESS_SEEN"
if [ -n "$ROBUSTNESS_EDIT" ]; then
	sed -i "$ROBUSTNESS_EDIT" "$1"
else
	printf %s "$ROBUSTNESS_VALUE" >"$1"
fi
`

// environment is that of a command, which takes one of the paths to each server.
func (w *world) environment(kubeconfig, vault string, short bool) []string {
	return append(os.Environ(), "KUBECONFIG="+kubeconfig, "VAULT_ADDR="+vault, "VAULT_CACERT="+w.vaultCA,
		"VAULTSEAL_TRANSIT_KEY=transit/{namespace}-derived", "VAULTSEAL_AUTH_METHOD=jwt",
		"VAULTSEAL_ROLE="+w.role(short), "VAULTSEAL_SERVICE_ACCOUNT="+w.account(), "KUBE_EDITOR="+w.editor())
}
