package plugin

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func sampleKey() transit.Key { return transit.Key{Mount: "transit", Name: "app"} }

// vaultRefusal is what Vault answers to a request with a transit key.
func vaultRefusal(kind error, detail string) *transit.RefusedError {
	return &transit.RefusedError{
		Op: "decrypt with transit key transit/app", Kind: kind, Detail: detail,
		Path: "transit/decrypt/app", Capability: "update", Key: sampleKey(),
	}
}

// loginRefusal is what Vault answers to a login.
func loginRefusal(detail string, problem transit.KeyProblem) *transit.RefusedError {
	return &transit.RefusedError{
		Op: `log in to vault at auth/kubernetes with role "vaultseal"`, Kind: transit.ErrUnauthenticated,
		Detail: detail,
		Path:   "auth/kubernetes/login", Capability: "update", AuthMount: "kubernetes", Role: "vaultseal",
		KeyProblem: problem,
	}
}

func vaultRows() map[string]row {
	const inside = "Vault's answer has the kind, and the hint comes with its *transit.RefusedError"
	limited := vaultRefusal(transit.ErrRateLimited, "429: request path is rate limited; it asks to wait 30s")
	limited.RetryAfter = 30 * time.Second
	expired := certificateFor("vault.example", "vault.example")
	expired.Err = x509.CertificateInvalidError{Reason: x509.Expired}
	expired.NotBefore, expired.NotAfter = time.Unix(0, 0), time.Unix(86400, 0)
	unknown, odd := certificateFor("vault.example", "vault.example"), certificateFor("vault.example", "vault.example")
	unknown.Err, odd.Err = x509.UnknownAuthorityError{}, x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}
	return map[string]row{
		"transit.RefusedError": hasHint(
			vaultRefusal(transit.ErrDenied, "403: permission denied"), loginRefusal("403: permission denied", ""),
			loginRefusal("400: no known key successfully validated the token signature", transit.UnknownStaticKey),
			loginRefusal("400: failed to verify id token signature", transit.UnknownReadKey),
			loginRefusal("400: fetching keys oidc: get keys failed", transit.UnreadKeys),
			loginRefusal("400: invalid issuer (iss) claim", transit.OtherIssuer),
			vaultRefusal(transit.ErrUnauthenticated, "403: permission denied; invalid token"),
			vaultRefusal(transit.ErrSealed, "503: Vault is sealed"),
			vaultRefusal(transit.ErrKeyNotFound, "400: encryption key not found"),
			vaultRefusal(transit.ErrVersionRetired, ""),
			vaultRefusal(transit.ErrVersionTooNew, "invalid ciphertext: version is too new"),
			vaultRefusal(transit.ErrTampered, "invalid ciphertext: no prefix"),
			vaultRefusal(transit.ErrUnauthentic, "cipher: message authentication failed"),
			vaultRefusal(transit.ErrContextRequired, ""),
			vaultRefusal(transit.ErrNotCurrent, "version 3, want at least 4"), limited,
		),
		"transit.UnreachableError": hasHint(
			unreached(transit.NotReached, "no connection within 10s"), throughProxy(nil),
			throughProxy(&transit.ProxyError{Status: 407}),
			throughProxy(&transit.ProxyError{Status: 403}), besideProxy(),
			unreached(transit.NotTLS, "http: server gave HTTP response to HTTPS client"),
			unreached(transit.BehindServer, "it answered 502 with a body that is not vault's"),
			unreached(transit.Redirected, "it redirects to https://other:8200 (status 307), which is not followed"),
			unreached(transit.NoActiveNode, "it answered 500: local node not active but active cluster node not found"),
		),
		"transit.CertificateError": hasHint(certificateFor("vault.example", "vault.internal"),
			certificateFor("10.0.0.1"), expired, unknown, odd),
		"transit.EndedError": noHint("the user, or a time limit of the user's, has ended the command",
			&transit.EndedError{Op: "encrypt with transit key transit/app", Err: context.Canceled}),
		"transit.EngineUnknownError": hasHint(&transit.EngineUnknownError{Mount: "secret", Err: transit.ErrDenied}),
		"transit.NotTransitError":    hasHint(&transit.NotTransitError{Mount: "secret", Type: "kv", At: "secret/"}),
		"transit.NotVaultError": hasHint(&transit.NotVaultError{Op: "log in", Address: "https://vault.example:8200/ui",
			HasPath: true},
			&transit.NotVaultError{Op: "log in", Address: "https://www.example"}),
		"transit.PlainHTTPError": hasHint(&transit.PlainHTTPError{Address: "http://vault.example:8200"}),
		"transit.ProxyError": noHint("the *transit.UnreachableError around it has the hint",
			&transit.ProxyError{Status: 403}, &transit.ProxyError{Err: io.EOF}),
		"transit.TooLargeError": hasHint(&transit.TooLargeError{Op: "encrypt with transit key transit/app",
			Size: 2 << 20},
			&transit.TooLargeError{Op: "encrypt with transit key transit/app", Size: 40 << 20,
				Words: "http: request body too large"},
			&transit.TooLargeError{Size: 2 << 20, Lost: errors.New("encrypt with transit key transit/app: vault is " +
				"unreachable at https://vault.example:8200: EOF")}),
		"transit.UnsuitableKeyError": hasHint(&transit.UnsuitableKeyError{Key: sampleKey(),
			Reason: "it has type rsa-2048"}),

		"transit.ErrEmptyToken":      hasHint(transit.ErrEmptyToken),
		"transit.ErrSealed":          hasHint(transit.ErrSealed),
		"transit.ErrClosed":          noHint("only a program that goes on after Close sees it", transit.ErrClosed),
		"transit.ErrContextRequired": noHint(inside, transit.ErrContextRequired),
		"transit.ErrDenied":          noHint(inside, transit.ErrDenied),
		"transit.ErrKeyNotFound":     noHint(inside, transit.ErrKeyNotFound),
		"transit.ErrNotCurrent":      noHint(inside, transit.ErrNotCurrent),
		"transit.ErrNotTransit":      noHint("the hint comes with *transit.NotTransitError", transit.ErrNotTransit),
		"transit.ErrRateLimited":     noHint(inside, transit.ErrRateLimited),
		"transit.ErrRotationUnknown": noHint("the report of rotate says how to finish", transit.ErrRotationUnknown),
		"transit.ErrTampered":        noHint(inside, transit.ErrTampered),
		"transit.ErrTooLarge":        noHint("the hint comes with *transit.TooLargeError", transit.ErrTooLarge),
		"transit.ErrUnauthentic":     noHint(inside, transit.ErrUnauthentic),
		"transit.ErrUnauthenticated": noHint(inside, transit.ErrUnauthenticated),
		"transit.ErrUnreachable":     noHint("the hint comes with *transit.UnreachableError", transit.ErrUnreachable),
		"transit.ErrVersionRetired":  noHint(inside, transit.ErrVersionRetired),
		"transit.ErrVersionTooNew":   noHint(inside, transit.ErrVersionTooNew),
		"transit.errAbandoned":       noHint("no user sees it"),
		"transit.errNotCiphertext":   noHint("the error around it names the entry"),
		"transit.errSeen":            noHint("no user sees it"),
		"transit.errUnreadable":      noHint("the error around it names the request"),
		"transit.errWantProxy":       noHint("it says what to write"),
	}
}

func unreached(reason transit.NoAnswer, detail string) *transit.UnreachableError {
	return &transit.UnreachableError{
		Op: "log in to vault at auth/kubernetes", Address: "https://vault.example:8200", Reason: reason, Detail: detail,
	}
}

func throughProxy(err error) *transit.UnreachableError {
	e := unreached(transit.NotReached, "")
	e.Proxy, e.Err = "http://proxy.example:3128", err
	if err == nil {
		e.Detail = "no connection within 10s"
	}
	return e
}

func besideProxy() *transit.UnreachableError {
	e := unreached(transit.NotReached, "no connection within 10s")
	e.AmbientProxy = "HTTPS_PROXY"
	return e
}
