package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authorizationv1client "k8s.io/client-go/kubernetes/typed/authorization/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	revokeTimeout      = 20 * time.Second // how long Vault is waited for at the end
	interruptedTimeout = 5 * time.Second  // the same after a signal
)

// Options are what is examined, and with what.
type Options struct {
	// Part is whose chain it is: config.Sealer or config.Rotator.
	Part config.Part
	// Connect makes the way to the API server out of the kubeconfig. It contacts nobody.
	Connect func() (Cluster, error)
	// Namespace is that of the Secrets where Connect fails; empty: unknown.
	Namespace string
	// Sources of the configuration. ConfigMap is not used: the examination reads it itself.
	Sources config.Sources
	// NewVault makes the way to a Vault. It contacts nobody.
	NewVault func(config.Vault) (Vault, error)
	// Enforcement says whether the API server checks the Secrets of a namespace. Nil: that is not examined.
	Enforcement func(ctx context.Context, core corev1client.CoreV1Interface, namespace string, keys sealed.KeyTemplate) Enforcement
	// Hint says what to do about a problem, a line for each thing. It is called for each problem of a failed check or a
	// warning, the errors of this package among them.
	Hint func(error) string
	// Now is time.Now.
	Now func() time.Time
}

// Cluster is the API server as the user addresses it.
type Cluster struct {
	Host      string
	Namespace string
	Core      corev1client.CoreV1Interface
	Reviews   authorizationv1client.SelfSubjectAccessReviewsGetter
}

// examination is one walk along the chain, and what it has come to know.
type examination struct {
	Options
	diagnosis *Diagnosis
	known     map[fact]bool

	cluster      Cluster
	settings     *config.Config
	key          transit.Key
	vault        Vault
	peer         transit.Peer
	auth         transit.Auth
	audience     []string // of the ServiceAccount's token
	session      Session
	token        transit.TokenInfo
	capabilities map[string][]string // by path; nil: not known
	info         transit.KeyInfo
}

// Examine walks the chain. What a failed check leaves standing is checked all
// the same. An error means that ctx has ended before the end of the chain.
func Examine(ctx context.Context, options Options) (*Diagnosis, error) {
	e := &examination{
		Options: options,
		known:   map[fact]bool{},
		diagnosis: &Diagnosis{
			TypeMeta:  metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: Kind},
			Namespace: options.Namespace,
		},
	}
	defer e.revoke(ctx)
	e.walk(ctx)
	return e.diagnosis, ctx.Err()
}

func (e *examination) walk(ctx context.Context) {
	e.check(ctx, APIServer, e.apiServer)
	e.check(ctx, SecretRights, e.secretRights, anAPIServer)
	e.check(ctx, Configuration, e.configuration)
	e.check(ctx, AccountToken, e.accountToken, e.accountTokenNeeds()...)
	e.check(ctx, VaultAddress, e.vaultAddress, aVault)
	e.check(ctx, VaultCertificate, e.vaultCertificate, aConnection)
	e.check(ctx, VaultStatus, e.vaultStatus, aConnection, aCertificate)
	e.check(ctx, VaultLogin, e.vaultLogin, aServingVault, anIdentity)
	e.check(ctx, Capabilities, e.readCapabilities, aLogin)
	for _, right := range e.rights() {
		e.check(ctx, right.id, func(context.Context) finding { return e.judge(right) }, right.needs()...)
	}
	if e.Part == config.Rotator {
		e.check(ctx, LeastPrivilege, e.leastPrivilege, aLogin, aKeyName)
	}
	e.check(ctx, TransitKey, e.transitKey, aLogin, aKeyName)
	if e.Part != config.Rotator { // which can neither seal nor open
		e.check(ctx, RoundTrip, e.roundTrip, aKey, theRightToEncrypt, theRightToDecrypt)
	}
	if e.Enforcement != nil {
		e.check(ctx, Enforced, e.enforced, anAPIServer)
	}
}

// fact is what a check comes to know for later ones, as it is called in a sentence.
type fact string

const (
	anAPIServer       fact = "the API server"
	aConfiguration    fact = "the configuration"
	aVault            fact = "Vault's address"
	aKeyName          fact = "the transit key's name"
	anIdentity        fact = "a token to log in with"
	aConnection       fact = "a connection to Vault"
	aCertificate      fact = "a certificate that is accepted"
	aServingVault     fact = "a Vault that serves"
	aLogin            fact = "a login to Vault"
	aKey              fact = "a transit key that can seal"
	theRightToEncrypt fact = "the right to encrypt"
	theRightToDecrypt fact = "the right to decrypt"
)

func (e *examination) know(facts ...fact) {
	for _, one := range facts {
		e.known[one] = true
	}
}

// check adds what one check finds, or that it cannot be made without a fact.
func (e *examination) check(ctx context.Context, id ID, find func(context.Context) finding, needs ...fact) {
	if ctx.Err() != nil {
		return
	}
	for _, need := range needs {
		if !e.known[need] {
			e.add(id, skipped("not checked: it needs %s", need))
			return
		}
	}
	e.add(id, find(ctx))
}

func (e *examination) add(id ID, f finding) {
	hints := make([]string, len(f.problems))
	for n, problem := range f.problems {
		hints[n] = e.Hint(problem)
	}
	e.diagnosis.Checks = append(e.diagnosis.Checks, Check{
		ID: id, Status: f.status, Summary: printable.Line(strings.ReplaceAll(f.summary, "\n", "; ")), Hint: printable.Text(strings.Join(hints, "\n")), problems: f.problems,
	})
}

// finding is what a check has found.
type finding struct {
	status   Status
	summary  string
	problems []error // of a failure or warning, the most important one first
}

func ok(format string, args ...any) finding {
	return finding{status: OK, summary: fmt.Sprintf(format, args...)}
}

func skipped(format string, args ...any) finding {
	return finding{status: Skipped, summary: fmt.Sprintf(format, args...)}
}

func failed(err error) finding {
	return finding{status: Failed, summary: err.Error(), problems: []error{err}}
}

// worry makes a finding a warning, and adds why.
func (f *finding) worry(problem error) {
	f.status = Warning
	f.summary += "; " + problem.Error()
	f.problems = append(f.problems, problem)
}

// compare worries about a server of a version that was not tested.
func (f *finding) compare(tested compatibility.Tested, version string) {
	if !tested.Covers(version) {
		f.worry(&UntestedVersionError{Tested: tested})
	}
}

// revoke ends the Vault token, also when ctx has ended.
func (e *examination) revoke(ctx context.Context) {
	if e.session == nil {
		return
	}
	timeout := revokeTimeout
	if ctx.Err() != nil {
		timeout = interruptedTimeout
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	e.diagnosis.Unrevoked = e.session.Close(ctx)
}

// namespace is that of the Secrets in view; empty: unknown.
func (e *examination) namespace() string { return e.diagnosis.Namespace }
