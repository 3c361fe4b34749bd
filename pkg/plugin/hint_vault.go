package plugin

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// vaultHint is about one error of pkg/transit, without those that it wraps.
func vaultHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *transit.RefusedError:
		return refusedHint(e)
	case *transit.UnreachableError:
		return vaultUnreachableHint(e)
	case *transit.NotVaultError:
		if e.HasPath {
			return "check the path of the address (--vault-addr, VAULT_ADDR): Vault's address has none, unless a " +
				"proxy in front of it adds one; /v1 and /ui are left out"
		}
		return "check the address (--vault-addr, VAULT_ADDR)"
	case *transit.CertificateError:
		return vaultCertificateHint(e)
	case *transit.TooLargeError:
		if e.Words != "" {
			return "raise max_request_size of Vault's listener"
		}
		return "raise the body limit of the proxy in front of Vault, with nginx client_max_body_size, or use an " +
			"address of Vault without that proxy"
	case *transit.EngineUnknownError:
		if errors.Is(e, transit.ErrDenied) {
			return fmt.Sprintf("check the mount with vault secrets list: the Vault token has no right below %s/",
				e.Mount)
		}
	case *transit.NotTransitError:
		return "specify a key of a Transit engine: --transit-key MOUNT/NAME; vault secrets list shows the mounts"
	case *transit.UnsuitableKeyError:
		return "use a key of type aes256-gcm96 (or aes128-gcm96, chacha20-poly1305) without convergent encryption; a " +
			"key's type cannot be changed"
	case *transit.PlainHTTPError:
		return "use https://; plain http is for a loopback address only"
	}
	switch err {
	case transit.ErrEmptyToken: //nolint:errorlint // as above
		return "set VAULT_TOKEN"
	case transit.ErrSealed:
		return "ask Vault's operator to unseal it: vault operator unseal"
	}
	return ""
}

// refusedHint is about an answer of Vault that refuses a request.
func refusedHint(e *transit.RefusedError) string {
	switch e.Kind {
	case transit.ErrUnauthenticated: //nolint:errorlint // it is a sentinel itself
		return unauthenticatedHint(e)
	case transit.ErrDenied:
		return fmt.Sprintf("the policy of the Vault role must allow %q on %s; Vault gives the same answer if the key "+
			"does not exist", e.Capability, e.Path)
	case transit.ErrKeyNotFound:
		return fmt.Sprintf("check the name, or create the key: vault write %s/keys/%s type=aes256-gcm96 derived=true",
			e.Key.Mount, e.Key.Name)
	case transit.ErrVersionRetired:
		return fmt.Sprintf("lower min_decryption_version to open it, then rewrap: vault write %s/keys/%s/config "+
			"min_decryption_version=1", e.Key.Mount, e.Key.Name)
	case transit.ErrVersionTooNew:
		return "it was sealed with another key, or Vault was restored from an older backup: seal it again, or " +
			"restore a newer backup"
	case transit.ErrTampered, transit.ErrUnauthentic:
		return "it was sealed with another transit key or for another place, or it was altered: seal it again where " +
			"it is, or restore it"
	case transit.ErrContextRequired:
		return "it was sealed unbound, or lost its scope annotation: seal it again, or restore it"
	case transit.ErrNotCurrent:
		return "Vault's standbys lag behind: run the command again"
	case transit.ErrRateLimited:
		wait := "wait"
		if e.RetryAfter > 0 {
			wait = fmt.Sprintf("wait %s", e.RetryAfter)
		}
		return wait + ", then run the command again; or raise the rate limit quota in Vault"
	}
	return ""
}

// unauthenticatedHint is about a login, or about the token of a request.
func unauthenticatedHint(e *transit.RefusedError) string {
	switch {
	case e.AuthMount == "":
		return "the Vault token is expired, revoked or from another Vault: get a new one"
	case e.KeyProblem != transit.NoKeyProblem:
		return signingKeyHint(e)
	}
	return fmt.Sprintf("check --vault-role, --vault-auth-mount, --service-account and --audience against what the "+
		"role is bound to: vault read auth/%s/role/%s",
		e.AuthMount, shell.Quote(e.Role))
}

// signingKeyHint is about a token whose signature the jwt method does not accept. Only the words of Vault tell what its
// configuration is like.
func signingKeyHint(e *transit.RefusedError) string {
	config := fmt.Sprintf("auth/%s/config", e.AuthMount)
	switch e.KeyProblem {
	case transit.UnknownStaticKey:
		return fmt.Sprintf("auth/%s has static keys, and none of them signed the token: the cluster's signing key was "+
			"replaced, or auth/%s is another cluster's; an administrator gives Vault the cluster's keys with kubectl "+
			"vaultseal setup, and lets it read them from then on with --oidc-discovery-url or --jwks-url", e.AuthMount,
			e.AuthMount)
	case transit.UnknownReadKey:
		return fmt.Sprintf("Vault reads keys at a URL, and none of those there signed the token: the URL does not "+
			"have the cluster's new key, or auth/%s is another cluster's; an administrator compares the URL in vault "+
			"read %s with kubectl get --raw /openid/v1/jwks, and gives Vault the right one with kubectl vaultseal "+
			"setup --oidc-discovery-url URL, or the keys themselves with --oidc-discovery-url=''", e.AuthMount,
			shell.Quote(config))
	case transit.UnreadKeys:
		return fmt.Sprintf("Vault cannot read the cluster's signing keys at the URL in vault read %s: Vault must "+
			"reach it, and trust its certificate (kubectl vaultseal setup --jwks-ca-cert FILE)", shell.Quote(config))
	}
	return fmt.Sprintf("auth/%s accepts tokens of another issuer (bound_issuer in vault read %s): the cluster's "+
		"issuer was changed, or auth/%s is another cluster's; an administrator sets it with kubectl vaultseal setup, "+
		"and with --oidc-discovery-url or --jwks-url if Vault reads the keys at a URL",
		e.AuthMount, shell.Quote(config), e.AuthMount)
}

// vaultUnreachableHint says nothing where the connection ended before the answer: no setting is wrong then.
func vaultUnreachableHint(e *transit.UnreachableError) string {
	switch e.Reason {
	case transit.NotReached:
		return notReachedHint(e)
	case transit.NotTLS:
		return "that port does not speak TLS: check vault's address"
	case transit.BehindServer:
		return "check the address (--vault-addr, VAULT_ADDR) and the proxy or load balancer in front of Vault"
	case transit.Redirected:
		return "use the address of the active node, or of a load balancer in front of the cluster; if no node is " +
			"active, check its nodes with vault status and vault operator raft list-peers"
	case transit.NoActiveNode:
		return "no node of the Vault cluster is active: check its nodes with vault status and vault operator raft " +
			"list-peers"
	case transit.AnswerLost:
	}
	return ""
}

// notReachedHint is about a Vault that there is no way to.
func notReachedHint(e *transit.UnreachableError) string {
	var refused *transit.ProxyError
	switch {
	case errors.As(e, &refused) && refused.Status == http.StatusProxyAuthRequired:
		return "give the proxy's user and password in VAULTSEAL_VAULT_PROXY_URL, as http://USER:PASSWORD@HOST:PORT"
	case errors.As(e, &refused) && refused.Status != 0:
		return "check that the proxy can connect to Vault's address and allows it (--vault-addr, VAULT_ADDR)"
	case e.Proxy != "":
		return "check the proxy (--vault-proxy-url, VAULTSEAL_VAULT_PROXY_URL) and Vault's address (--vault-addr, " +
			"VAULT_ADDR)"
	case e.AmbientProxy != "":
		return "check the address (--vault-addr, VAULT_ADDR) and that this machine reaches it; " + e.AmbientProxy +
			" is not used for Vault: to go through a proxy, add --vault-proxy-url"
	}
	return "check the address (--vault-addr, VAULT_ADDR) and that this machine reaches it"
}

// vaultCertificateHint says how to make Vault's certificate acceptable.
func vaultCertificateHint(e *transit.CertificateError) string {
	switch {
	case e.WrongName():
		missing := "DNS SAN " + e.Name
		if net.ParseIP(e.Name) != nil {
			missing = "IP SAN " + e.Name
		}
		if name := coveredName(e); name != "" {
			return fmt.Sprintf("reissue the certificate with %s, or verify it under a name it covers: "+
				"--vault-tls-server-name %s", missing, name)
		}
		return "reissue the certificate with " + missing
	case e.UnknownAuthority():
		return "specify the CA certificate with --vault-ca-cert"
	case e.OutOfTime():
		return "renew vault's certificate, or check this machine's clock"
	}
	return "look at it with openssl s_client -showcerts -connect HOST:PORT, and reissue it"
}

// coveredName is one that can be asked for as it stands, "" if there is none.
func coveredName(e *transit.CertificateError) string {
	for _, name := range slices.Concat(e.DNSNames, e.IPAddresses) {
		if !strings.HasPrefix(name, "*") && !strings.ContainsFunc(name, foreignToHosts) {
			return name
		}
	}
	return ""
}

// foreignToHosts reports whether a character cannot be part of a host name or address. The issuer of the certificate
// chooses the names, and the hint is pasted into a shell.
func foreignToHosts(r rune) bool {
	alphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !alphanumeric && !strings.ContainsRune(".-_:", r)
}
