package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authorizationv1client "k8s.io/client-go/kubernetes/typed/authorization/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	revokeTimeout      = 20 * time.Second // time limit for Vault at the end
	interruptedTimeout = 5 * time.Second  // time limit after a signal
)

// Options configure an examination.
type Options struct {
	// Part selects the checks: config.Sealer or config.Rotator.
	Part config.Part
	// Connect creates a client for the API server from the kubeconfig. It sends nothing.
	Connect func() (Cluster, error)
	// Namespace is the namespace of the Secrets if Connect fails; empty: unknown.
	Namespace string
	// Sources of the configuration. ConfigMap is not used: the examination reads it itself.
	Sources config.Sources
	// NewVault creates a client for a Vault. It sends nothing.
	NewVault func(config.Vault) (Vault, error)
	// AuthConfig reads the configuration of an auth mount as an administrator of Vault; nil: you are none.
	AuthConfig func(ctx context.Context, mount string) (map[string]any, error)
	// Enforcement reports whether the API server checks the Secrets of a namespace. If nil, that is not checked.
	Enforcement func(ctx context.Context, core corev1client.CoreV1Interface, namespace string,
		keys sealed.KeyTemplate) Enforcement
	// Workload finds the workload that is examined in place of the user's own access. If nil, it is the user's access.
	Workload func(ctx context.Context, namespace string) (*Workload, error)
	// Hint returns what to do about a problem, one line for each step. It is called for each problem of a failed check
	// or a warning, including the errors of this package.
	Hint func(error) string
	// Now is time.Now.
	Now func() time.Time
	// Version is the plugin's.
	Version string
	// Redact replaces names by placeholders, and leaves hints and the texts of servers out.
	Redact bool
}

// Cluster is the API server with the user's credentials.
type Cluster struct {
	Host      string
	Namespace string
	Core      corev1client.CoreV1Interface
	Reviews   authorizationv1client.SelfSubjectAccessReviewsGetter
	Clock     *ClockRecorder                        // of answers of the API server; nil: its clock is not compared
	Proxy     func(*http.Request) (*url.URL, error) // of the kubeconfig; nil: that of the environment
}

// examination is one run of the checks, and what they have found so far.
type examination struct {
	Options
	diagnosis *Diagnosis
	redactor  *redactor // nil: the report has all names
	known     map[fact]bool

	cluster      Cluster
	settings     *config.Config
	key          transit.Key
	vault        Vault
	peer         transit.Peer
	health       transit.Health
	auth         transit.Auth
	audience     []string // of the ServiceAccount's token
	session      Session
	token        transit.TokenInfo
	capabilities map[string][]string // by path; nil: not known
	info         transit.KeyInfo
	vaultClock   ClockReading
	unrevoked    []error // of tokens that single checks got

	serverVersion string // of Kubernetes
	workload      *examinedWorkload
}

// Examine runs all checks. A check that depends on a failed one is skipped. The error is that of ctx, if it ends before
// the last check.
func Examine(ctx context.Context, options Options) (*Diagnosis, error) {
	e := &examination{
		Options: options,
		known:   map[fact]bool{},
		diagnosis: &Diagnosis{
			TypeMeta:  metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: Kind},
			Namespace: options.Namespace,
			Versions:  Versions{Plugin: options.Version},
			Redacted:  options.Redact,
		},
	}
	if options.Redact {
		e.redactor = newRedactor()
	}
	defer e.revoke(ctx)
	if e.Workload != nil {
		e.walkWorkload(ctx)
	} else {
		e.walk(ctx)
	}
	e.diagnosis.FirstCause = firstCause(e.diagnosis.Checks)
	e.redact()
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
	if e.settings != nil && e.settings.Auth.Method.Value == transit.MethodJWT {
		e.check(ctx, SigningKeys, e.signingKeys, aServingVault, anIdentity)
	}
	e.check(ctx, Proxies, e.proxies)
	e.check(ctx, Clock, e.clock)
	e.check(ctx, VaultLogin, e.vaultLogin, aServingVault, anIdentity)
	e.check(ctx, RoleAudience, e.roleAudience, aLogin, aRequestedToken)
	e.nameProduct(ctx)
	e.check(ctx, Capabilities, e.readCapabilities, aLogin)
	for _, right := range e.rights() {
		e.check(ctx, right.id, func(context.Context) finding { return e.judge(right) }, right.needs()...)
	}
	if e.Part == config.Rotator {
		e.check(ctx, LeastPrivilege, e.leastPrivilege, aLogin, aKeyName)
	}
	e.check(ctx, TransitKey, e.transitKey, aLogin, aKeyName)
	if e.Part != config.Rotator { // a rotator can neither seal nor open
		e.check(ctx, RoundTrip, e.roundTrip, aKey, theRightToEncrypt, theRightToDecrypt)
	}
	if e.Enforcement != nil {
		e.check(ctx, Enforced, e.enforced, anAPIServer)
	}
}

func (e *examination) know(facts ...fact) {
	for _, one := range facts {
		e.known[one] = true
	}
}

// check adds the finding of one check, or skips it if a fact is missing.
func (e *examination) check(ctx context.Context, id ID, find func(context.Context) finding, needs ...fact) {
	if ctx.Err() != nil {
		return
	}
	for _, need := range needs {
		if !e.known[need] {
			e.add(id, notMade(need))
			return
		}
	}
	e.add(id, find(ctx))
}

func (e *examination) add(id ID, f finding) {
	e.diagnosis.Checks = append(e.diagnosis.Checks, e.checked(id, f))
}

func (e *examination) checked(id ID, f finding) Check {
	check := Check{ID: id, Status: f.status, problems: f.problems, missing: f.missing}
	if e.redactor != nil {
		for _, part := range f.text {
			check.Summary += e.redactor.text(part)
		}
	} else {
		check.Summary = printable.Line(strings.ReplaceAll(f.text.String(), "\n", "; "))
		hints := make([]string, len(f.problems))
		for n, problem := range f.problems {
			hints[n] = e.Hint(problem)
		}
		check.Hint = printable.Text(strings.Join(hints, "\n"))
	}
	if check.bad() {
		check.URL = id.URL()
	}
	return check
}

// redact replaces the names of the diagnosis itself.
func (e *examination) redact() {
	d := e.diagnosis
	if e.redactor == nil {
		return
	}
	d.Namespace = e.redactor.placeholder(aNamespace, d.Namespace)
	if d.Workload != "" {
		d.Workload = e.redactor.label(d.Workload)
	}
	d.Versions.Kubernetes, d.Versions.Vault = publicVersion(d.Versions.Kubernetes), publicVersion(d.Versions.Vault)
}

// revoke revokes the Vault token, also when ctx has ended.
func (e *examination) revoke(ctx context.Context) {
	if e.session != nil {
		e.unrevoked = append(e.unrevoked, e.close(ctx, e.session))
	}
	var err error
	for _, one := range e.unrevoked { // in one line, which errors.Join does not give
		switch {
		case err == nil:
			err = one
		case one != nil:
			err = fmt.Errorf("%w; %w", err, one)
		}
	}
	if err != nil && e.redactor != nil {
		err = errors.New(e.redactor.problem(err))
	}
	e.diagnosis.Unrevoked = err
}

// close revokes the Vault token of a session.
func (e *examination) close(ctx context.Context, session Session) error {
	timeout := revokeTimeout
	if ctx.Err() != nil {
		timeout = interruptedTimeout
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	return session.Close(ctx)
}

// namespace is the namespace of the Secrets in view; empty: unknown.
func (e *examination) namespace() string { return e.diagnosis.Namespace }
