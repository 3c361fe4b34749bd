package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// publicWords says of what kind an error of other packages is, in texts of the code only. Its own text is never used:
// it may quote servers.
func publicWords(err error) (words []string) {
	add := func(text string) {
		if text != "" && !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	add(configurationWords(err))
	add(kubeconfigWords(err))
	add(kubernetesWords(err))
	add(denialWords(err))
	add(certificateWords(err))
	for _, kind := range publicKinds() {
		if errors.Is(err, kind) {
			add(kind.Error())
		}
	}
	add(vaultWords(err))
	add(networkWords(err))
	add(inputWords(err))
	return words
}

// publicKinds are errors whose text is the code's.
func publicKinds() []error {
	return []error{
		ErrPlainHTTP, ErrUnverified, ErrAudienceIgnored, ErrLongOutsideToken, ErrNotInitialised, ErrOpensToAnother,
		ErrDefaultAccount, config.ErrTokenMethod, config.ErrUnverifiedProxy,
		kube.ErrNotFound, kube.ErrConflict, kube.ErrUnreachable, kube.ErrUnavailable, kube.ErrAccountNotFound,
		transit.ErrSealed, transit.ErrKeyNotFound, transit.ErrNotTransit,
		transit.ErrVersionRetired, transit.ErrVersionTooNew, transit.ErrTampered,
		transit.ErrContextRequired, transit.ErrUnreachable, transit.ErrNotCurrent, transit.ErrTooLarge,
		transit.ErrRateLimited,
	}
}

func configurationWords(err error) string {
	var missing *config.MissingError
	if errors.As(err, &missing) {
		titles := make([]string, len(missing.Settings))
		for n, setting := range missing.Settings {
			titles[n] = setting.Title
		}
		text := "missing configuration: " + strings.Join(titles, ", ")
		if missing.UnverifiedServer != "" {
			text += "; the ConfigMap's address of Vault is not used, because the API server does not prove who it is"
		}
		return text
	}
	var value *config.ValueError
	switch {
	case is[*config.ConflictError](err):
		return "two different Vaults"
	case is[*config.SkipVerifyError](err):
		return (&config.SkipVerifyError{}).Error()
	case is[*config.UnsaidError](err):
		return "only the ConfigMap has settings for the Vault that would get the token"
	case errors.As(err, &value):
		return "invalid value of " + value.Source.String()
	}
	return ""
}

// kubeconfigWords says what is wrong with the kubeconfig. client-go's errors about it have no types of their own.
func kubeconfigWords(err error) string {
	var server *kube.NoServerError
	switch {
	case errors.As(err, &server) && server.NoKubeconfig:
		return server.Error()
	case server != nil:
		return "the kubeconfig names no API server"
	case clientcmd.IsContextNotFound(err):
		return "the kubeconfig does not have the context"
	case clientcmd.IsConfigurationInvalid(err):
		return "the kubeconfig is invalid"
	case strings.HasPrefix(err.Error(), "error loading config file "):
		return "the kubeconfig cannot be read"
	}
	return ""
}

func kubernetesWords(err error) string {
	switch {
	case is[*kube.NoAPIServerError](err):
		return "another program answers at the API server's address"
	case is[*kube.CredentialError](err):
		return "the kubeconfig's credential plugin gives no credential"
	case is[*kube.TokenAudienceError](err):
		return "the token has an audience of the API server: it is not sent to Vault"
	case is[*kube.AccountError](err):
		return "create a token for the ServiceAccount"
	}
	return ""
}

// denialWords says who denies: the texts of transit's errors are about Vault.
func denialWords(err error) string {
	var answer apierrors.APIStatus
	byKubernetes := errors.As(err, &answer)
	switch unauthenticated := errors.Is(err, transit.ErrUnauthenticated); {
	case is[*kube.CredentialError](err):
		return ""
	case unauthenticated && byKubernetes:
		return "the API server does not accept the credential"
	case unauthenticated:
		return transit.ErrUnauthenticated.Error()
	case errors.Is(err, transit.ErrDenied) && byKubernetes:
		return "denied by Kubernetes"
	case errors.Is(err, transit.ErrDenied):
		return transit.ErrDenied.Error()
	}
	return ""
}

func certificateWords(err error) string {
	var certificate *transit.CertificateError
	if !errors.As(err, &certificate) {
		return ""
	}
	switch {
	case certificate.WrongName():
		return "the certificate does not cover the address"
	case certificate.UnknownAuthority():
		return "the certificate is signed by an authority that is not trusted"
	case certificate.OutOfTime():
		return "the certificate is not valid now"
	}
	return "the certificate is not accepted"
}

// statusOf finds the status of an answer before Vault's words.
var statusOf = lazyregexp.New(`^\d{3}\b`)

func vaultWords(err error) string {
	var unreachable *transit.UnreachableError
	var refused *transit.RefusedError
	switch {
	case errors.As(err, &unreachable):
		return map[transit.NoAnswer]string{
			transit.AnswerLost: "the connection ended", transit.NotTLS: "the port does not speak TLS",
			transit.BehindServer: "a server in front of Vault cannot reach it",
			transit.Redirected:   "it redirects", transit.NoActiveNode: "no node of the cluster is active",
		}[unreachable.Reason]
	case errors.As(err, &refused) && refused.KeyProblem != transit.NoKeyProblem:
		return keyProblemWords(refused.KeyProblem)
	case is[*transit.NotVaultError](err):
		return "the server at the address is not Vault"
	case is[*transit.UnsuitableKeyError](err):
		return "the transit key cannot seal"
	case refused != nil && refused.Kind == nil && statusOf().MatchString(refused.Detail):
		return "vault answered " + statusOf().FindString(refused.Detail)
	case is[*transit.PlainHTTPError](err):
		return "plain http would show tokens and secrets to the network"
	}
	return ""
}

func keyProblemWords(problem transit.KeyProblem) string {
	switch problem {
	case transit.UnreadKeys:
		return "Vault cannot read the cluster's signing keys"
	case transit.OtherIssuer:
		return "the token has another issuer than Vault accepts"
	case transit.NoKeyProblem, transit.UnknownStaticKey, transit.UnknownReadKey:
	}
	return "the token is signed with a key that Vault does not have"
}

// networkWords says why a connection failed.
func networkWords(err error) string {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return "no such host"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case is[*transit.ProxyError](err):
		return "the proxy does not connect"
	case is[x509.UnknownAuthorityError](err):
		return "certificate signed by unknown authority"
	case is[x509.HostnameError](err):
		return "the certificate does not cover the address"
	case is[x509.CertificateInvalidError](err):
		return "the certificate is not valid"
	}
	return ""
}

// inputWords says why a file or a value cannot be read.
func inputWords(err error) string {
	var address *url.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, fs.ErrPermission):
		return "no permission to read the file"
	case errors.As(err, &address) && address.Op == "parse":
		return "the address is invalid"
	}
	return ""
}

// is reports whether an error or one that it wraps has type E.
func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}
