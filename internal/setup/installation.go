package setup

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Installation says how a cluster uses a Vault. Everything that setup makes is derived from it.
type Installation struct {
	Method    transit.Method // MethodKubernetes or MethodJWT
	AuthMount string         // below auth/
	// Unconfirmed tells that only the ConfigMap says Method and AuthMount: Vault must confirm them.
	Unconfirmed bool
	Audience    string // of the ServiceAccount tokens that Vault takes
	// Keys is a key for each namespace, or one that Namespaces share. "{namespace}" stands in the
	// name only, not in the mount.
	Keys sealed.KeyTemplate
	// OtherKeys is what the ConfigMap says of them, which does not decide; the zero value: nothing, or a flag says Keys.
	OtherKeys OtherKeys
	System    string // namespace of the configuration and of the rotator
	// Namespaces are those whose Secrets are sealed.
	Namespaces []string
	// Extends adds Namespaces to an installation that is there: only what they need is made.
	Extends bool
	// Address is where users find Vault: data of the cluster's ConfigMap.
	Address map[string]string
	// Users may seal and open in Namespaces, besides those who may already; Revoked may no longer.
	Users, Revoked []rbacv1.Subject
	// Unsaid is what the command line leaves out of what follows: what is there of it stays.
	Unsaid Unsaid

	// Enforce is what becomes of plaintext Secrets in Namespaces; nil: as it is.
	Enforce *Enforcement

	EncryptOnly bool // a role besides, which seals and cannot open
	AllowRetire bool // the rotator may raise the minimum versions
	// Job rotates in the cluster; nil: none does. One that is limited is extended when the installation is. An empty
	// field is taken from the CronJob in the cluster, else a default.
	Job *Job

	Cluster Cluster
	// policyPrefix begins the names of the policies; empty: it is made from AuthMount.
	policyPrefix string
	// Reviewer is Vault's own ServiceAccount, which asks the API server whether a token is good. The zero
	// Account: one is made for it, whose token Vault keeps. With MethodJWT nobody asks.
	Reviewer config.Account
}

// Cluster is what Vault must know of the cluster.
type Cluster struct {
	Host        string   // https://HOST[:PORT] of the API server, as Vault reaches it
	CA          string   // PEM; empty: the system's
	SigningKeys []string // public keys of ServiceAccount tokens, PEM; for MethodJWT. None: Vault reads them itself
	UID         string   // of the namespace kube-system; empty: not known
}

// Job is a CronJob that rotates.
type Job struct {
	Schedule    string
	Image       string
	IfOlderThan string // as --if-older-than takes it
	// Everywhere lets it work in all namespaces of the cluster.
	Everywhere bool
	// Namespaces that it may work in otherwise, sorted.
	Namespaces []string
	// Args are what somebody has added to its command.
	Args []string

	found    []string // of Namespaces: those that the command line does not list and setup has set up
	deciding bool     // what was granted for the other choice of Everywhere goes
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

// keyName is the transit mount and the name of the keys, in which "{namespace}" may stand.
func (i Installation) keyName() (mount, name string) {
	text := i.Keys.String()
	at := strings.LastIndexByte(text, '/')
	return cmp.Or(text[:max(at, 0)], transit.DefaultMount), text[at+1:]
}

// keys are the transit keys of the namespaces, each once.
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
