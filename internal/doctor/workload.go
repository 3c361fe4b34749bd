package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Workload is what is examined in place of the user's own access.
type Workload struct {
	Label    string // KIND/NAME
	InFile   bool   // it is a manifest, which may be injected later
	Account  string // name of the ServiceAccount of its pods
	Injected bool   // it has the annotation of inject
	Template *corev1.PodTemplateSpec
}

// examinedWorkload is a workload and what was found of it.
type examinedWorkload struct {
	*Workload

	uses      []workload.SecretUse
	secrets   []sealed.Secret // that it uses and that are sealed
	pinned    workload.Pinned
	hasPinned bool
}

// walkWorkload checks what the pods of a workload need, in the order in which it fails them.
func (e *examination) walkWorkload(ctx context.Context) {
	e.check(ctx, APIServer, e.apiServer)
	e.check(ctx, WorkloadFound, e.findWorkload, anAPIServer)
	e.check(ctx, WorkloadAccount, e.workloadAccount, aWorkload)
	e.check(ctx, WorkloadSecrets, e.workloadSecrets, aWorkload)
	e.check(ctx, WorkloadInjected, e.workloadInjected, aWorkload)
	e.check(ctx, WorkloadNodes, e.workloadNodes, aWorkload)
	e.check(ctx, Configuration, e.configuration)
	e.check(ctx, WorkloadSettings, e.workloadSettings, aConfiguration, anInjectedWorkload)
	e.check(ctx, AccountToken, e.workloadToken, aConfiguration, anAccount)
	e.check(ctx, VaultAddress, e.vaultAddress, aVault)
	e.check(ctx, VaultCertificate, e.vaultCertificate, aConnection)
	e.check(ctx, VaultStatus, e.vaultStatus, aConnection, aCertificate)
	e.check(ctx, Proxies, e.proxies)
	e.check(ctx, Clock, e.clock)
	e.check(ctx, VaultLogin, e.workloadLogin, aServingVault, anIdentity)
	e.check(ctx, RoleAudience, e.roleAudience, aLogin, aRequestedToken)
	e.nameProduct(ctx)
	if e.workload == nil {
		return
	}
	for _, secret := range e.workload.secrets {
		e.check(ctx, SecretOpens, func(ctx context.Context) finding { return e.secretOpens(ctx, secret) }, aLogin)
	}
}

// The facts about a workload.
const (
	aWorkload          fact = "the workload"
	anInjectedWorkload fact = "an injected workload"
	anAccount          fact = "the workload's ServiceAccount"
)

func (e *examination) findWorkload(ctx context.Context) finding {
	found, err := e.Workload(ctx, e.namespace())
	if err != nil {
		return failed(err)
	}
	e.workload = &examinedWorkload{Workload: found, uses: workload.SecretUses(&found.Template.Spec)}
	e.workload.pinned, e.workload.hasPinned = workload.PinnedIn(&found.Template.Spec, e.namespace())
	e.diagnosis.Workload = found.Label
	e.know(aWorkload)
	return ok("%s, ServiceAccount %s", workloadLabel(found.Label), e.workloadsAccount())
}

func (e *examination) workloadsAccount() config.Account {
	return config.Account{Namespace: e.namespace(), Name: e.workload.Account}
}

func (e *examination) workloadAccount(ctx context.Context) finding {
	account := e.workloadsAccount()
	_, err := e.cluster.Core.ServiceAccounts(account.Namespace).Get(ctx, account.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return failed(&NoAccountError{Account: account})
	case apierrors.IsForbidden(err):
		e.know(anAccount)
		return skipped("not known: no right to read ServiceAccount %s", account)
	case err != nil:
		return failed(fmt.Errorf("read ServiceAccount %s: %w", account, kube.Classify(err)))
	}
	e.know(anAccount)
	found := ok("%s exists", account)
	if account.Name == workload.DefaultAccount {
		found.worry(ErrDefaultAccount)
	}
	return found
}

// workloadSecrets reads the Secrets that the workload uses, without their values.
func (e *examination) workloadSecrets(ctx context.Context) finding {
	var found finding
	var sealedNames, others []string
	read := map[string]*corev1.Secret{}
	for _, use := range e.workload.uses {
		if _, known := read[use.Secret]; known {
			continue
		}
		secret, err := e.cluster.Core.Secrets(e.namespace()).Get(ctx, use.Secret, metav1.GetOptions{})
		switch {
		case apierrors.IsForbidden(err):
			return skipped("not known: no right to read Secrets in namespace %s", name{aNamespace, e.namespace()})
		case apierrors.IsNotFound(err):
			read[use.Secret] = nil
			continue
		case err != nil:
			return failed(fmt.Errorf("read secret %s/%s: %w", e.namespace(), use.Secret, kube.Classify(err)))
		}
		read[use.Secret] = secret
		if !sealed.LooksSealed(secret) {
			others = append(others, use.Secret)
			continue
		}
		sealedNames = append(sealedNames, use.Secret)
		found.add(e.readSealed(secret))
	}
	for _, use := range e.workload.uses {
		found.add(missingUse(use, read[use.Secret]))
	}
	if len(found.problems) > 0 {
		return found
	}
	switch {
	case len(sealedNames) == 0:
		return ok("it uses no sealed Secret")
	case len(others) > 0:
		return ok("it uses the sealed Secrets %s; not sealed: %s", secretNames(sealedNames), secretNames(others))
	}
	return ok("it uses the sealed Secrets %s", secretNames(sealedNames))
}

func secretNames(texts []string) names { return names{kind: aSecret, texts: texts, last: " and "} }

// add makes the finding a failure for one reason more, if there is one.
func (f *finding) add(problem error) {
	if problem == nil {
		return
	}
	if f.status = Failed; len(f.text) > 0 {
		f.say("; ")
	}
	f.say("%v", problem)
	f.problems = append(f.problems, problem)
}

// readSealed keeps a sealed Secret for the check that it opens.
func (e *examination) readSealed(secret *corev1.Secret) error {
	read, err := sealed.Read(secret)
	if err != nil {
		return fmt.Errorf("secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	e.workload.secrets = append(e.workload.secrets, read)
	if unsealed := read.Unsealed(); len(unsealed) > 0 {
		return &MixedSecretError{Secret: read.Name, Entries: unsealed}
	}
	return nil
}

// missingUse returns what a reference lacks; nil: nothing.
func missingUse(use workload.SecretUse, secret *corev1.Secret) error {
	switch {
	case use.Optional:
	case secret == nil:
		return &NoSecretError{Secret: use.Secret, Place: use.Place}
	case use.Entry != "":
		if _, found := secret.Data[use.Entry]; !found {
			return &NoSecretError{Secret: use.Secret, Entry: use.Entry, Place: use.Place}
		}
	}
	return nil
}

// workloadInjected checks that the pods have a container of vaultseal with an image.
func (e *examination) workloadInjected(context.Context) finding {
	w := e.workload
	switch {
	case w.hasPinned:
		e.know(anInjectedWorkload)
		var images []string
		for _, c := range w.pinned.Containers {
			images = append(images, c.Image)
		}
		slices.Sort(images)
		images = slices.Compact(images)
		if images[0] == "" {
			return failed(injection(w.Label, "its container of vaultseal has no image"))
		}
		if !w.Injected {
			found := ok("image %s", names{kind: anImage, texts: images})
			found.worry(injection(w.Label, "it has no annotation %s, so uninject cannot restore it",
				word(workload.RecordAnnotation)))
			return found
		}
		return ok("injected, image %s", names{kind: anImage, texts: images})
	case w.Injected:
		return failed(injection(w.Label, "it is marked as injected, and has no init container vaultseal"))
	case len(w.secrets) == 0:
		return skipped("not needed: it uses no sealed Secret")
	case w.InFile:
		return skipped("not injected yet")
	}
	return failed(&NotInjectedError{Label: w.Label})
}

// workloadToken requests a token as kubelet does for the pods. Few users may do that: it is no fault of the workload.
func (e *examination) workloadToken(ctx context.Context) finding {
	if e.settings.Auth.Method.Value == transit.MethodToken {
		return skipped("not checked: VAULT_TOKEN holds a Vault token, and pods log in with their own")
	}
	found := e.accountToken(ctx)
	if found.status == Failed && !e.settings.Auth.TokenFile.Given() && errors.Is(found.problems[0], transit.ErrDenied) {
		return skipped("not checked: you have no right to create tokens of ServiceAccount %s", e.workloadsAccount())
	}
	return found
}

func (e *examination) workloadLogin(ctx context.Context) finding {
	found := e.vaultLogin(ctx)
	if found.status == Failed && errors.Is(found.problems[0], transit.ErrUnauthenticated) {
		return failed(&WorkloadLoginError{Label: e.workload.Label, Account: e.workloadsAccount(),
			Err: found.problems[0]})
	}
	return found
}

// actAsWorkload lets the configuration log in as the workload's pods do. The role is the one that setup workload makes,
// unless a flag specifies another: other settings are those of people.
func (e *examination) actAsWorkload() {
	auth := &e.settings.Auth
	if e.workload == nil {
		return
	}
	if auth.Role.Source.Origin != config.FromFlag {
		auth.Role = config.Value[string]{Value: e.workloadsAccount().WorkloadRole(),
			Source: config.Source{Origin: config.FromDefault}}
	}
	auth.ServiceAccount = config.Value[config.Account]{Value: e.workloadsAccount(),
		Source: config.Source{Origin: config.FromDefault}}
}
