package setup

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const authConfigKind = "auth configuration"

// authConfig configures how Vault checks the cluster's tokens.
func (s *Setup) authConfig() setting {
	i := s.Installation
	at := "auth/" + i.AuthMount + "/config"
	parameters := maps.Clone(s.authKept) // a write replaces all parameters
	if parameters == nil {
		parameters = map[string]any{}
	}
	if !s.keySource.untouched {
		maps.Copy(parameters, s.withoutOtherSources(i.authParameters()))
	}
	config := setting{
		vault: s.Vault, kind: authConfigKind, at: at, what: i.AuthMount,
		read: s.unlessNoAuth(at), data: constant(parameters),
	}
	config.refuse = func(map[string]any, map[string]any) error { return s.otherCluster() }
	if i.Method == "kubernetes" {
		config.shows = map[string]any{reviewerParameter + "_set": i.makesReviewer()} // each write sends it
	}
	if i.makesReviewer() {
		config.credential = &credential{parameter: reviewerParameter, accounts: s.Core.ServiceAccounts(i.System),
			now: s.Now}
	}
	return config
}

// differs reports whether a configuration has neither a signing key nor the address of this cluster.
func (s *Setup) differs(is map[string]any) bool {
	theirs, ours := stringsOf(is["kubernetes_host"]), []string{s.Installation.Cluster.Host}
	if s.Installation.Method == "jwt" {
		theirs, ours = trimmed(stringsOf(is[staticKeys])), trimmed(s.Installation.Cluster.SigningKeys)
		if source := sourceOf(is); !source.Static() {
			theirs, ours = []string{source.URL}, []string{s.Installation.KeySource.URL}
		}
	}
	common := slices.ContainsFunc(theirs, func(one string) bool { return slices.Contains(ours, one) })
	return len(theirs) > 0 && theirs[0] != "" && !common
}

// keepAuthConfig adds what Vault already has to the configuration: parameters that setup does not write, and addresses
// that the command line leaves out.
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
	same := !i.Unsaid.Host && host == i.Cluster.Host // the kubeconfig may not have its certificate
	if ca, _ := is["kubernetes_ca_cert"].(string); i.Unsaid.CA && (same || i.Cluster.CA == "") {
		i.Cluster.CA = ca
	}
	s.authKept = map[string]any{}
	ours := i.authParameters()
	for name, value := range is {
		_, written := ours[name]
		if s.keySource.untouched {
			written = false
		}
		ofKeys := isKeyParameter(name) && !s.keySource.untouched
		if !written && !ofKeys && !strings.HasSuffix(name, "_set") && !isEmpty(value) {
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

// otherCluster refuses an auth method of another cluster or another issuer: with this cluster's configuration no one
// could log in from there.
func (s *Setup) otherCluster() error {
	if s.ReplaceRoles || !s.foreign {
		return nil
	}
	return &OtherClusterError{Mark: markOf(s.description), UID: s.Installation.Cluster.UID}
}

// OtherClusterError reports an auth method that is configured for another cluster's tokens.
type OtherClusterError struct {
	Mark string // the UID of kube-system there; empty: the mount is not marked
	UID  string // the UID of kube-system here
}

func (e *OtherClusterError) Error() string {
	if e.Mark != "" && e.Mark != e.UID {
		return fmt.Sprintf("it is marked as the mount of another cluster (kube-system has the UID %s there, %s here), "+
			"and is not changed", e.Mark, e.UID)
	}
	return "it is configured for another cluster, or for another address of this one, and is not changed"
}

// reviewerParameter is the only parameter of the auth configuration that is a credential.
const reviewerParameter = "token_reviewer_jwt"

// authParameters returns the auth configuration without the reviewer's token.
func (i Installation) authParameters() map[string]any {
	if i.Method == "jwt" {
		return i.keyParameters(i.KeySource)
	}
	return map[string]any{
		"kubernetes_host": i.Cluster.Host, "kubernetes_ca_cert": i.Cluster.CA,
		"disable_local_ca_jwt": i.makesReviewer(), // otherwise Vault uses the token of its own pod
	}
}

func trimmed(texts []string) []string {
	texts = slices.Clone(texts)
	for n := range texts {
		texts[n] = strings.TrimSpace(texts[n])
	}
	return texts
}
