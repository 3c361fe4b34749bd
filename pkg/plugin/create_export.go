package plugin

import (
	"bytes"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
)

// export writes sealed manifests of the cluster's Secrets, or says in a dry run which it would write.
type export struct {
	*createOptions

	c         *connection
	directory *manifest.Directory // nil: a dry run without one
	report    *exportReport
	notes     []string // of the Secrets, each once
}

// exportSecrets says which Secrets of a selection can be sealed, and writes their manifests unless it is a dry run.
func (o *createOptions) exportSecrets(ctx context.Context, selection engine.Selection) (err error) {
	e := &export{createOptions: o, report: newExportReport(o.dryRun.DryRun != engine.DryRunNone)}
	if e.c, err = e.connect(ctx); err != nil {
		return err
	}
	defer e.c.close(ctx)
	selection = o.live.selection.in(e.c.namespace, selection)
	if err := e.survey(ctx, selection); err != nil {
		return err
	}
	if o.live.directory != "" {
		e.directory, err = manifest.OpenDirectory(o.live.directory, !e.report.DryRun, o.overwrite)
		if err != nil {
			return err
		}
		defer func() { _ = e.directory.Close() }()
	}
	stopped := e.writeAll(ctx)
	for _, note := range e.notes {
		o.globals.note("%s", note)
	}
	if err := e.print(selection); err != nil {
		return err
	}
	return e.report.endOf(stopped)
}

// connect leaves Vault out of a dry run.
func (e *export) connect(ctx context.Context) (*connection, error) {
	if e.report.DryRun {
		return e.globals.connectCluster(engine.ClusterOptions{})
	}
	return e.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer}})
}

// survey fills the report with the Secrets, and with what uses those that can be sealed.
func (e *export) survey(ctx context.Context, selection engine.Selection) error {
	surveyed, err := e.c.Survey(ctx, selection, e.globals.configNamespace)
	if err != nil {
		return err
	}
	if e.report.named = len(selection.Names) > 0; e.report.named { // an error in place of a silent omission
		if err := whyNone(surveyed); err != nil {
			return err
		}
	}
	found := &secretusers.Found{}
	if !e.live.inUse && slices.ContainsFunc(surveyed, func(s engine.Surveyed) bool { return whyNot(s) == nil }) {
		if found, err = e.c.secretUsers(ctx, selection.Namespaces); err != nil {
			return err
		}
		e.noteUsers(found)
	}
	for _, one := range surveyed {
		e.report.add(one, found.Of(one.Namespace, one.Name))
	}
	return nil
}

// noteUsers says which users of Secrets are not known.
func (e *export) noteUsers(found *secretusers.Found) {
	var kinds []string
	for _, one := range found.Unread {
		if one.InNamespace {
			kinds = append(kinds, one.String())
		}
	}
	if len(kinds) > 0 {
		e.globals.note("you may not list %s: whether one of them uses a Secret is not known", firstOf(kinds))
	}
	e.globals.noteUnread(found)
}

// writeAll writes the manifests, and returns the error that ended it.
func (e *export) writeAll(ctx context.Context) error {
	var requests []engine.CreateRequest
	items := map[sealed.Place]*exportItem{}
	for n := range e.report.Items {
		item := &e.report.Items[n]
		if item.Status != exportSealable {
			continue
		}
		if e.directory != nil {
			path, err := e.directory.Path(item.Namespace, item.Name)
			if item.File = path; err != nil {
				e.report.fail(item, err)
				continue
			}
		}
		request := e.liveRequest(item.Namespace, item.Name)
		request.DryRun = engine.DryRunClient // the cluster keeps its Secret
		requests = append(requests, request)
		items[sealed.Place{Namespace: item.Namespace, Name: item.Name}] = item
	}
	if e.report.DryRun {
		return nil
	}
	return e.c.CreateEach(ctx, requests, func(r engine.CreateRequest, result *engine.CreateResult, err error) error {
		item := items[sealed.Place{Namespace: r.Namespace, Name: r.Name}]
		if err == nil {
			err = e.write(item, result.Secret)
		}
		if err != nil {
			e.report.fail(item, err)
			return nil
		}
		item.Status, item.TransitKey = exportWritten, result.TransitKey.String()
		for _, note := range result.Notes {
			if !slices.Contains(e.notes, note) {
				e.notes = append(e.notes, note)
			}
		}
		return nil
	})
}

func (e *export) write(item *exportItem, secret *corev1.Secret) error {
	var text bytes.Buffer
	if err := printObject(&text, outputYAML, manifestOf(secret)); err != nil {
		return err
	}
	return e.directory.Write(item.Namespace, item.Name, text.Bytes())
}
