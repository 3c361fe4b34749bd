package setup

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Installation describes how a cluster uses a Vault. Everything that setup creates is derived from it.
type Installation struct {
	Method    transit.Method // MethodKubernetes or MethodJWT
	AuthMount string         // below auth/
	// Unconfirmed: only the ConfigMap has Method and AuthMount, so Vault must confirm them.
	Unconfirmed bool
	Audience    string // of the ServiceAccount tokens that Vault accepts
	// Keys is a key for each namespace, or one that Namespaces share. "{namespace}" is allowed in the name, not in the
	// mount.
	Keys sealed.KeyTemplate
	// OtherKeys are the ConfigMap's keys, which only can stop setup. Zero: there are none, or a flag specifies Keys.
	OtherKeys OtherKeys
	System    string // namespace of the configuration and of the rotator
	// Namespaces are the namespaces whose Secrets are sealed.
	Namespaces []string
	// Extends adds Namespaces to an existing installation: setup creates only what they need.
	Extends bool
	// Workloads are names of ServiceAccounts of the only one of Namespaces. Each gets a role of its own in Vault, with
	// which their pods open the namespace's Secrets.
	Workloads []string
	// Address is how users reach Vault: data of the cluster's ConfigMap.
	Address map[string]string
	// Users get the right to seal and open in Namespaces, in addition to the current ones. Revoked lose it.
	Users, Revoked []rbacv1.Subject
	// Unsaid marks which of the following the command line leaves out. Their current values stay.
	Unsaid Unsaid

	// Enforce is the treatment of plaintext Secrets in Namespaces; nil: unchanged.
	Enforce *Enforcement

	EncryptOnly bool // one more role, which can seal but not open
	AllowRetire bool // the rotator can raise the minimum versions
	// Job rotates in the cluster; nil: there is no Job. A limited Job is extended with the installation. An empty field
	// keeps the value of the live CronJob, or else is a default.
	Job *Job

	Cluster Cluster
	// KeySource is where Vault reads the cluster's signing keys; zero: setup gives Vault the keys. For MethodJWT.
	KeySource signingkeys.Source
	// policyPrefix is the beginning of the policies' names; empty: derived from AuthMount.
	policyPrefix string
	// Reviewer is Vault's own ServiceAccount, with which it asks the API server whether a token is valid. If zero,
	// setup creates one, whose token Vault stores. MethodJWT does not use it.
	Reviewer config.Account
}

// Cluster is what Vault needs to know about the cluster.
type Cluster struct {
	Host        string   // https://HOST[:PORT] of the API server, as Vault reaches it
	CA          string   // PEM; empty: the system's
	SigningKeys []string // public keys of ServiceAccount tokens, PEM; for MethodJWT
	Issuer      string   // of these tokens; for MethodJWT. Empty: Vault accepts any
	UID         string   // of the namespace kube-system; empty: unknown
}

// Job is a CronJob that rotates.
type Job struct {
	Schedule    string
	Image       string
	IfOlderThan string // in the form of --if-older-than
	// Everywhere: it works in all namespaces of the cluster.
	Everywhere bool
	// Namespaces that it works in otherwise, sorted.
	Namespaces []string
	// Args are arguments that someone added to its command.
	Args []string

	found    []string // those of Namespaces that setup found and the command line does not list
	deciding bool     // the rights of the other choice of Everywhere are removed
}

// The ServiceAccounts. Vault's roles have the names of the first four.
const (
	sealerName      = "vaultseal"
	readerName      = "vaultseal-reader"
	encrypterName   = "vaultseal-encrypter"
	rotatorName     = "vaultseal-rotator"
	jobName         = "vaultseal-rotator-job"
	reviewerName    = "vaultseal-reviewer"
	rotationCronJob = "vaultseal-rotate"
)

// keyName returns the transit mount and the name of the keys, which may contain "{namespace}".
func (i Installation) keyName() (mount, name string) {
	text := i.Keys.String()
	at := strings.LastIndexByte(text, '/')
	return cmp.Or(text[:max(at, 0)], transit.DefaultMount), text[at+1:]
}

// keys returns the transit keys of the namespaces, each once.
func (i Installation) keys() ([]transit.Key, error) {
	var keys []transit.Key
	for _, namespace := range i.Namespaces {
		key, err := i.Keys.For(namespace)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
