package setup

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const authConfigKind = "auth configuration"

// authConfig tells Vault how to check the cluster's tokens.
func (s *Setup) authConfig() setting {
	i := s.Installation
	at := "auth/" + i.AuthMount + "/config"
	parameters := maps.Clone(s.authKept) // a write leaves none of what was there before
	if parameters == nil {
		parameters = map[string]any{}
	}
	maps.Copy(parameters, i.authParameters())
	config := setting{
		vault: s.Vault, kind: authConfigKind, at: at, what: i.AuthMount,
		read: s.unlessNoAuth(at), data: constant(parameters),
	}
	config.refuse = func(map[string]any, map[string]any) error { return s.otherCluster() }
	if i.Method == "kubernetes" {
		config.shows = map[string]any{reviewerParameter + "_set": i.makesReviewer()} // any write sets it anew
	}
	if i.makesReviewer() {
		config.credential = &credential{parameter: reviewerParameter, accounts: s.Core.ServiceAccounts(i.System), now: s.Now}
	}
	return config
}

// keySources are the parameters of the jwt method that name where signing keys come from, besides static ones.
func keySources() []string { return []string{"oidc_discovery_url", "jwks_url"} }

// keySource is the URL that Vault takes the cluster's signing keys from; empty: it has static ones.
func keySource(is map[string]any) string {
	for _, source := range keySources() {
		if url, _ := is[source].(string); url != "" {
			return url
		}
	}
	return ""
}

// differs tells whether a configuration has neither a signing key nor the address that this cluster has.
func (s *Setup) differs(is map[string]any) bool {
	theirs, ours := stringsOf(is["kubernetes_host"]), []string{s.Installation.Cluster.Host}
	if s.Installation.Method == "jwt" {
		theirs, ours = trimmed(stringsOf(is["jwt_validation_pubkeys"])), trimmed(s.Installation.Cluster.SigningKeys)
		if url := keySource(is); url != "" {
			theirs, ours = []string{url}, nil
		}
	}
	common := slices.ContainsFunc(theirs, func(one string) bool { return slices.Contains(ours, one) })
	return len(theirs) > 0 && theirs[0] != "" && !common
}

// keepAuthConfig completes the configuration by what Vault has of it: parameters that setup does not write, the
// addresses that the command line leaves out, and a URL that signing keys come from.
func (s *Setup) keepAuthConfig(is map[string]any) {
	i := &s.Installation
	host, _ := is["kubernetes_host"].(string)
	if i.Unsaid.Host && host != "" && host != i.Cluster.Host {
		s.kept = append(s.kept, Kept{"the API server's address for Vault, " + host, "--kubernetes-host changes it"})
		i.Cluster.Host = host
		if i.Unsaid.CA {
			i.Cluster.CA = ""
		}
	}
	same := !i.Unsaid.Host && host == i.Cluster.Host // whose certificate the kubeconfig need not know
	if ca, _ := is["kubernetes_ca_cert"].(string); i.Unsaid.CA && (same || i.Cluster.CA == "") {
		i.Cluster.CA = ca
	}
	if url := keySource(is); i.Method == "jwt" && url != "" && !s.ReplaceRoles {
		s.kept = append(s.kept, Kept{"that Vault reads the signing keys at " + url, "--replace-roles writes the keys in its place"})
		i.Cluster.SigningKeys = nil
	}
	s.authKept = map[string]any{}
	ours := i.authParameters()
	for name, value := range is {
		_, written := ours[name]
		if !written && !strings.HasSuffix(name, "_set") && !isEmpty(value) && !slices.Contains(keySources(), name) {
			s.authKept[name] = value
		}
	}
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// otherCluster refuses a login method that serves another cluster, or another issuer: with this cluster's
// configuration nobody could log in from there any more.
func (s *Setup) otherCluster() error {
	if s.ReplaceRoles || !s.foreign {
		return nil
	}
	return &OtherClusterError{Mark: markOf(s.description), UID: s.Installation.Cluster.UID}
}

// OtherClusterError says that a login method is configured for tokens of another cluster.
type OtherClusterError struct {
	Mark string // the UID of kube-system there; empty: the mount is not marked
	UID  string // the UID of kube-system here
}

func (e *OtherClusterError) Error() string {
	if e.Mark != "" && e.Mark != e.UID {
		return fmt.Sprintf("it is marked as that of another cluster (kube-system has the UID %s there, %s here), and is left as it is", e.Mark, e.UID)
	}
	return "it is configured for another cluster, or for another address of this one, and is left as it is"
}

// Hint says what to do about it.
func (e *OtherClusterError) Hint() string {
	return "give this cluster a login method of its own with --vault-auth-mount, name the address that Vault knows with --kubernetes-host, or add --replace-roles to configure it for this cluster"
}

// reviewerParameter is the one parameter of the auth configuration that is a credential.
const reviewerParameter = "token_reviewer_jwt"

// authParameters are those of the auth configuration, without the reviewer's token.
func (i Installation) authParameters() map[string]any {
	switch {
	case i.Method == "jwt" && len(i.Cluster.SigningKeys) == 0: // Vault reads them itself
		return map[string]any{}
	case i.Method == "jwt":
		return map[string]any{"jwt_validation_pubkeys": trimmed(i.Cluster.SigningKeys)}
	}
	return map[string]any{
		"kubernetes_host": i.Cluster.Host, "kubernetes_ca_cert": i.Cluster.CA,
		"disable_local_ca_jwt": i.makesReviewer(), // else Vault takes the token of the pod that it runs in
	}
}

func trimmed(texts []string) []string {
	texts = slices.Clone(texts)
	for n := range texts {
		texts[n] = strings.TrimSpace(texts[n])
	}
	return texts
}
