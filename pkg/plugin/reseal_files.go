package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// manifestToReseal is a sealed Secret of a file.
type manifestToReseal struct {
	text     *manifest.Text
	at       *manifest.SecretAt
	unplaced bool // the manifest has no namespace
}

// runFiles seals the Secrets of manifests again, in their files: all of them, or none.
func (o *resealOptions) runFiles(ctx context.Context, request engine.ResealRequest) error {
	input := inputFlags{paths: o.manifests.paths, recursive: o.manifests.recursive}
	texts, err := input.read(ctx, o.globals.process)
	if err != nil {
		return err
	}
	found, err := o.findToReseal(texts, request)
	if err != nil {
		return err
	}
	edits := map[*manifest.Text][]manifest.SecretEdit{}
	change := o.resealFound
	if o.onlyExpires() {
		change = o.setExpiryOfFound
	}
	results, err := change(ctx, found, request, edits)
	if err != nil {
		return err
	}
	for _, text := range texts {
		if err := text.EditSecrets(edits[text]); err != nil {
			return err
		}
	}
	if o.dryRun.DryRun == engine.DryRunNone {
		if err := manifest.WriteInPlace(texts); err != nil {
			return notWritten(err)
		}
	}
	return o.reportAll(results)
}

// resealFound seals the Secrets in memory, and adds the edits of their texts.
func (o *resealOptions) resealFound(ctx context.Context, found []manifestToReseal, request engine.ResealRequest,
	edits map[*manifest.Text][]manifest.SecretEdit) ([]*engine.CreateResult, error) {
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer}})
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	results := make([]*engine.CreateResult, len(found))
	for n, m := range found {
		change, result, err := o.resealOne(ctx, c, m, request)
		if err != nil {
			return nil, resealError(m.text.In(m.at, err))
		}
		results[n] = result
		if change != nil {
			edits[m.text] = append(edits[m.text], m.edit(change))
		}
	}
	return results, nil
}

func (o *resealOptions) reportAll(results []*engine.CreateResult) error {
	secrets := make([]*corev1.Secret, len(results))
	for n, result := range results {
		var err error
		if secrets[n], err = o.report(result, nil); err != nil {
			return err
		}
	}
	return o.printAll(secrets)
}

// resealOne seals one of them in memory.
func (o *resealOptions) resealOne(
	ctx context.Context, c *connection, m manifestToReseal, request engine.ResealRequest,
) (_ *engine.ManifestChange, _ *engine.CreateResult, err error) {
	request.Namespace, request.Name = m.at.Namespace, m.at.Name
	if c.config.TransitKey.Source.Origin == config.FromFlag {
		to := cmp.Or(request.ToPlace.Namespace, m.at.Namespace)
		if request.To, err = c.config.TransitKey.Value.For(to); err != nil {
			return nil, nil, err
		}
	}
	return c.ResealManifest(ctx, m.at.Secret, request)
}

// edit is the change of the manifest.
func (m manifestToReseal) edit(change *engine.ManifestChange) manifest.SecretEdit {
	edit := manifest.SecretEdit{At: m.at, Set: map[string]string{}, Labels: change.Labels,
		Annotations: change.Annotations}
	for entry, ciphertext := range change.Set {
		edit.Set[entry] = ciphertext.String()
	}
	bound := change.As.Scope == sealed.Strict || change.As.Scope == sealed.NamespaceWide
	if change.As.Namespace != m.at.Namespace || m.unplaced && bound {
		edit.Namespace = change.As.Namespace
	}
	if change.As.Name != m.at.Name {
		edit.Name = change.As.Name
	}
	return edit
}

// findToReseal finds the sealed Secrets of the working namespace: all, or the one with the name. It gives them their
// namespace, and refuses two Secrets with one place.
func (o *resealOptions) findToReseal(
	texts []*manifest.Text, request engine.ResealRequest,
) ([]manifestToReseal, error) {
	working, err := o.globals.workingNamespace()
	if err != nil {
		return nil, err
	}
	var found []manifestToReseal
	var others []engine.Stored
	var failed error
	taken := map[sealed.Place]string{}
	for _, text := range texts {
		all, err := text.Secrets()
		failed = bothInLine(failed, err)
		for _, at := range all.Secrets {
			m := manifestToReseal{text: text, at: at, unplaced: at.Namespace == ""}
			stored := engine.Stored{File: text.Name(), Secret: at.Secret}
			at.Namespace = cmp.Or(at.Namespace, working)
			place := sealed.Place{Namespace: at.Namespace, Name: at.Name}
			switch {
			case !sealed.LooksSealed(at.Secret) || request.Name != "" && request.Name != at.Name:
				taken[place] = text.Name()
			case at.Name == "":
				failed = bothInLine(failed, text.In(at, errors.New("it has generateName and no name")))
			case at.Namespace != working:
				others, taken[place] = append(others, stored), text.Name()
			case !o.onlyExpires() && m.unplaced && *o.globals.kube.Namespace == "" && boundToNamespace(at.Secret):
				failed = bothInLine(failed, text.In(at, &manifest.NamespaceError{Name: at.Name}))
			default:
				found = append(found, m)
			}
		}
	}
	if failed != nil {
		return nil, failed
	}
	return found, o.checkFound(found, others, foundPlaces{request, working, taken})
}

// foundPlaces are what the places of Secrets are compared with.
type foundPlaces struct {
	request engine.ResealRequest
	working string
	taken   map[sealed.Place]string // by place: the file of a Secret that stays
}

func (o *resealOptions) checkFound(found []manifestToReseal, others []engine.Stored, p foundPlaces) error {
	switch {
	case len(found) == 0 && len(others) > 0:
		return newUsageError(otherNamespace(others[0], p.working), namespaceHint(others))
	case len(found) == 0 && p.request.Name != "":
		return fmt.Errorf("%s: there is no sealed Secret %s in it", o.manifests.where(), p.request.Name)
	case len(found) == 0:
		return withHint(errors.New(o.manifests.where()+": there is no sealed Secret in it"), noSecretInManifestsHint())
	case len(others) > 0:
		o.globals.note("%s of other namespaces left alone: %s", count(len(others), "Secret"), firstOf(placesOf(others)))
	}
	var names []string
	for _, m := range found {
		names = append(names, m.at.Name)
	}
	if len(found) > 1 && (p.request.ToPlace.Name != "" || p.request.SealedAs.Name != "") {
		slices.Sort(names)
		return usagef("%s has several sealed Secrets: specify the NAME of one: %s", o.manifests.where(), firstOf(names))
	}
	for _, m := range found {
		place := placeOr(p.request.ToPlace, sealed.Place{Namespace: m.at.Namespace, Name: m.at.Name})
		if file, exists := p.taken[place]; exists {
			return fmt.Errorf("%s: secret %s/%s already exists, in %s", m.text.Name(), place.Namespace, place.Name,
				file)
		}
		p.taken[place] = m.text.Name()
	}
	return nil
}

func boundToNamespace(secret *corev1.Secret) bool {
	scope := sealed.Scope(secret.Annotations[sealed.ScopeAnnotation])
	return scope == sealed.Strict || scope == sealed.NamespaceWide
}
