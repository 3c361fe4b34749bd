package setup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// othersEngine refuses an engine that the installation would get new access to. With a shared key it gets access to
// that key only.
func (s *Setup) othersEngine(map[string]any, map[string]any) error {
	i := s.Installation
	if s.ReuseKeys || !i.Keys.PerNamespace() || !s.access.known || s.access.opens(i) {
		return nil
	}
	usedBy, err := s.sharing()
	if err != nil {
		return err
	}
	return &OthersEngineError{AuthMount: i.AuthMount, Keys: s.engineKeys, UsedBy: usedBy}
}

// othersKey refuses a key that the installation would get new access to, or that a namespace would inherit.
func (s *Setup) othersKey(key transit.Key) func(is, want map[string]any) error {
	return func(is, _ map[string]any) error {
		i := s.Installation
		if s.ReuseKeys {
			return nil
		}
		if !i.Keys.PerNamespace() {
			if !s.access.known || s.access.opens(i) {
				return nil
			}
			return &OthersKeyError{AuthMount: i.AuthMount, Namespaces: i.Namespaces}
		}
		namespace, _ := i.Keys.NamespaceOf(key)
		if s.setUp[namespace] || !i.Extends && s.access.known && !s.access.opens(i) { // othersEngine reports it
			return nil
		}
		oldest, _ := is["min_decryption_version"].(float64)
		latest, _ := is["latest_version"].(float64)
		return &InheritedKeyError{Key: key, Namespace: namespace, Oldest: int(oldest), Latest: int(latest),
			Made: made(is)}
	}
}

// othersPolicy refuses to change a policy that the role does not have.
func (s *Setup) othersPolicy(p policy) func(is, want map[string]any) error {
	return func(is, _ map[string]any) error {
		if !s.access.known || s.access.has(p.role, p.name) {
			return nil
		}
		text, _ := is["policy"].(string)
		served := s.access.servedBy(text)
		if served == "" && s.ReuseKeys {
			return nil
		}
		return &OthersPolicyError{Role: s.Installation.AuthMount + "/" + p.role, ServedMount: served}
	}
}

// readSetUp determines which namespaces are set up: those with a ServiceAccount from setup. Tenants can create one too,
// but gain nothing, because Vault gives access to a key by the name of the namespace.
func (s *Setup) readSetUp(ctx context.Context) error {
	s.setUp = map[string]bool{}
	for _, namespace := range s.Installation.Namespaces {
		for _, name := range []string{sealerName, readerName} {
			account, err := s.Core.ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
			switch {
			case apierrors.IsNotFound(err):
			case err != nil:
				return fmt.Errorf("read ServiceAccount %s/%s: %w", namespace, name, kube.Classify(err))
			case madeBySetup(account):
				s.setUp[namespace] = true
			}
		}
	}
	return nil
}

// readEngine lists the keys of an existing engine, and notes those of namespaces that are neither listed nor set up.
func (s *Setup) readEngine(ctx context.Context) error {
	i := s.Installation
	engine, _ := i.keyName()
	if i.Extends || !i.Keys.PerNamespace() {
		return nil
	}
	found, err := mount(s.Vault, "sys/mounts", engine)(ctx)
	if err != nil || found["type"] != "transit" {
		return unlessDenied(err)
	}
	if s.engineKeys, err = s.Vault.List(ctx, engine+"/keys"); err != nil {
		return unlessDenied(err)
	}
	opens := s.access.opens(i)
	if !opens && !s.ReuseKeys || len(s.engineKeys) == 0 {
		return nil
	}
	known := i.Namespaces
	if opens {
		made, err := s.madeIn(ctx, corev1.SchemeGroupVersion.WithResource(resources["ServiceAccount"]), sealerName)
		if err != nil {
			return err
		}
		known = slices.Concat(known, made)
	}
	others := slices.DeleteFunc(slices.Clone(s.engineKeys), func(name string) bool {
		namespace, is := i.Keys.NamespaceOf(transit.Key{Mount: engine, Name: name})
		return is && slices.Contains(known, namespace)
	})
	if len(others) > 0 {
		s.notes = append(s.notes, fmt.Sprintf(
			"engine %s also holds keys of namespaces that are not set up: %s; anyone who can create ServiceAccounts "+
				"in a namespace of such a name can open what is sealed with its key",
			engine, some(others)))
	}
	return nil
}

// some returns the first of many names.
func some(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// made returns the creation time of the oldest version of a key; zero if Vault does not report it.
func made(is map[string]any) time.Time {
	versions, _ := is["keys"].(map[string]any)
	var oldest time.Time
	for _, version := range slices.Sorted(maps.Keys(versions)) {
		seconds, ok := versions[version].(float64)
		at := time.Unix(int64(seconds), 0).UTC()
		if ok && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest
}
