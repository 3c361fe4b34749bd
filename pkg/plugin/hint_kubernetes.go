package plugin

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// kubernetesHint is about one error of internal/kube, without those that it wraps.
func kubernetesHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *kube.TokenAudienceError:
		if e.File != "" {
			return "use a token that was made for Vault: a serviceAccountToken volume with audience: vault, or " +
				"kubectl create token NAME --audience vault"
		}
		return "specify Vault's audience with --audience or VAULTSEAL_AUDIENCE; the default is " +
			config.DefaultAudience
	case *kube.NoAPIServerError:
		return "check the kubeconfig's context with kubectl cluster-info"
	case *kube.NoServerError:
		return noServerHint(e)
	case *kube.CredentialError:
		return credentialHint(e)
	case *kube.AccountError:
		return cmp.Or(refusalHint(e), accountHint(e))
	}
	return ""
}

func noServerHint(e *kube.NoServerError) string {
	switch {
	case e.NoKubeconfig:
		return "set KUBECONFIG, or add --kubeconfig"
	case e.Cluster != "":
		return fmt.Sprintf("add one with kubectl config set-cluster %s --server=https://HOST:PORT; kubectl config "+
			"get-contexts lists the contexts", shell.Quote(e.Cluster))
	}
	return "kubectl config get-contexts lists the contexts; kubectl config use-context NAME makes one current, " +
		"--context NAME uses it once"
}

// refusalHint is about what the API server has refused for another reason than a right that is missing; empty where
// there is none.
func refusalHint(err error) string {
	says := func(words string) bool { return strings.Contains(err.Error(), words) }
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return "the namespace is being deleted, so nothing can be created in it: use another one with -n, or wait " +
			"and create it again; kubectl get namespace NAME -o yaml shows what it waits for"
	case says("exceeded quota"), says("status unknown for quota"):
		return "the namespace's ResourceQuota allows no more: see what is used with kubectl describe resourcequota " +
			"-n NAMESPACE"
	case says("cannot impersonate"):
		return "--as, --as-group and --as-uid need the verb impersonate; leave them out to ask as yourself"
	case says("failed calling webhook"):
		return "an admission webhook of the cluster does not work: tell the cluster's administrators which one; " +
			"kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations lists them"
	case says("admission webhook"):
		return "an admission webhook of the cluster refuses the write: ask the cluster's administrators what it accepts"
	case says("ValidatingAdmissionPolicy 'vaultseal-sealed"):
		return enforcedHint(err)
	case says("ValidatingAdmissionPolicy"):
		return "an admission policy of the cluster refuses the write: kubectl get validatingadmissionpolicies lists " +
			"them"
	case says("database space exceeded"):
		return "the cluster's etcd is full: its administrators must compact and defragment it"
	case apierrors.IsRequestEntityTooLargeError(err):
		return "the API server, or a proxy before it, limits the size of a request: split the Secret into several"
	case apierrors.IsInvalid(err) && says("immutable"):
		return "delete the Secret, and create it again"
	}
	return ""
}

// enforcedHint is about a denial by the policy that setup --enforce writes, whose message says which of its two rules.
func enforcedHint(err error) string {
	if strings.Contains(err.Error(), "is plaintext") {
		return "seal the entries of the Secret that are still plaintext: kubectl vaultseal create --from-secret NAME"
	}
	return "seal with the key that the message names: leave --transit-key out, and unset VAULTSEAL_TRANSIT_KEY if it " +
		"names another key\nif the message names an old key of the namespace, ask an administrator to run kubectl " +
		"vaultseal setup again: it writes the configured key into the policy"
}

// unavailableHint is about an API server that answers and cannot serve.
func unavailableHint(err error) string {
	if apierrors.IsTooManyRequests(err) {
		return "the API server is overloaded: run the command again later"
	}
	return "run the command again later; kubectl get --raw '/readyz?verbose' shows which of its checks fail"
}

// unreachableHint is about an API server that does not answer.
func unreachableHint(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var operation *net.OpError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	switch {
	case errors.As(err, &authority):
		return "the API server's certificate is not signed by the CA of the kubeconfig: check certificate-authority " +
			"there, or --certificate-authority; after the cluster was made again, get its kubeconfig again"
	case errors.As(err, &name):
		return "the API server's certificate is for other names than its address: use one of these as the " +
			"kubeconfig's server, or give it with --tls-server-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the API server's certificate is not valid now: it must be renewed, or this machine's clock is wrong"
	case errors.As(err, &operation) && operation.Op == "remote error": // a TLS alert
		return "the API server does not accept the TLS connection: the client certificate of the kubeconfig may have " +
			"expired"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "what listens at that port does not speak TLS: check the port of the kubeconfig's server"
	case isProxyError(err):
		return "the connection goes through a proxy, which does not let it pass: check proxy-url of the kubeconfig, " +
			"else HTTPS_PROXY and NO_PROXY"
	case errors.As(err, &dns):
		return "the host of the kubeconfig's server is not known here: check the network or the VPN, and the address " +
			"with kubectl config view --minify"
	}
	return "check its address, from the kubeconfig or the pod, with kubectl cluster-info"
}

// isProxyError reports whether a proxy cannot be reached, or refuses to connect: then net/http's error is the text of
// the proxy's status and nothing else.
func isProxyError(err error) bool {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "proxyconnect" {
		return true
	}
	var sent *url.Error
	if !errors.As(err, &sent) {
		return false
	}
	for code := http.StatusBadRequest; code <= http.StatusNetworkAuthenticationRequired; code++ {
		if text := http.StatusText(code); text != "" && sent.Err.Error() == text {
			return true
		}
	}
	return false
}

// credentialHint is about a credential plugin of the kubeconfig that gives nothing.
func credentialHint(e *kube.CredentialError) string {
	hints := []string{"run kubectl auth whoami: it needs the same plugin, and shows what is wrong; the kubeconfig " +
		"names the plugin under users[].user.exec"}
	switch {
	case e.NotFound():
		hints[0] = "install the plugin, or correct its name in the kubeconfig, under users[].user.exec.command"
	case e.Interactive():
		hints[0] = "the plugin asks questions on a terminal, and standard input is not a terminal: give the value " +
			"with --from-file in place of stdin, log in first, or use a kubeconfig with interactiveMode: Never"
	}
	if e.Install != "" {
		hints = append(hints, e.Install)
	}
	return strings.Join(hints, "\n")
}

func accountHint(e *kube.AccountError) string {
	namespace, name := e.Account.Namespace, e.Account.Name
	switch {
	case errors.Is(e, transit.ErrDenied):
		return fmt.Sprintf("you need the verb create on serviceaccounts/token %s in namespace %s; check with kubectl "+
			"auth can-i create serviceaccounts/%s --subresource=token -n %s", name, namespace, name, namespace)
	case missingKind(e) == "namespaces":
		return fmt.Sprintf("check -n, or create the namespace with kubectl create namespace %s", namespace)
	case errors.Is(e, kube.ErrAccountNotFound):
		return fmt.Sprintf("create it with kubectl create serviceaccount %s -n %s, or name another with "+
			"--service-account", name, namespace)
	}
	return ""
}
