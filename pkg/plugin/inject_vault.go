package plugin

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Vault reads how to reach Vault, as other commands do. With --offline, the cluster's ConfigMap is not read.
func (k *injectKnown) Vault() (workload.Vault, error) {
	if k.vault != nil {
		return *k.vault, nil
	}
	found, err := k.readVault()
	if k.failed = err; err == nil {
		k.vault = &found
	}
	return found, err
}

func (k *injectKnown) readVault() (workload.Vault, error) {
	sources := k.options.globals.sources(k.ctx, nil)
	sources.UnverifiedServer, sources.Namespace = "", ""
	sources.ConfigMap = noConfigMap
	if !k.options.offline {
		core, err := k.cluster()
		if err != nil {
			return workload.Vault{}, err
		}
		sources = k.options.globals.sources(k.ctx, core)
	}
	method, given := sources.Flag(config.AuthMethod.Flag)
	if !given {
		method, _ = sources.Env(config.AuthMethod.Env)
	}
	if method == string(transit.MethodToken) { // the ConfigMap cannot choose it
		return workload.Vault{}, usagef("pods have no Vault token: the auth method must be %s or %s",
			transit.MethodKubernetes, transit.MethodJWT)
	}
	settings, err := config.Load(k.ctx, sources, config.Needs{Part: config.Reader, NoLogin: true})
	if err != nil {
		return workload.Vault{}, err
	}
	return k.options.pinned(k.ctx, settings)
}

// pinned is what the manifest gets of the settings.
func (o *injectOptions) pinned(ctx context.Context, settings *config.Config) (workload.Vault, error) {
	vault := settings.Vault
	if vault.InsecureSkipVerify {
		return workload.Vault{}, usagef("--%s is not written to manifests: specify the CA with --%s",
			config.SkipVerify.Flag, config.VaultCACert.Flag)
	}
	ca, err := certificatesOf(ctx, vault.CA.Value)
	if err != nil {
		return workload.Vault{}, err
	}
	if vault.ClientCertFile.Given() {
		o.globals.note("%s is not written to manifests: a Vault that requires client certificates refuses the pods",
			config.VaultClientCert.Env)
	}
	pinned := workload.Vault{
		Address: vault.Address.Value, Namespace: vault.Namespace.Value, ServerName: vault.TLSServerName.Value, CA: ca,
		Method: string(settings.Auth.Method.Value), Audience: settings.Auth.Audience.Value,
		TransitKey: settings.TransitKey.Value,
	}
	if vault.Proxy.Given() && vault.Proxy.Source.Origin != config.FromEnvironment { // the user's own network
		pinned.Proxy = vault.Proxy.Value.String()
	}
	if mount := settings.Auth.Mount.Value; mount != pinned.Method {
		pinned.Mount = mount
	}
	if role := settings.Auth.Role; role.Source.Origin == config.FromFlag { // others are those of people
		pinned.Role = role.Value
	}
	return pinned, nil
}

// certificatesOf returns the certificates as PEM, and nothing else that is in the file: a manifest is public.
func certificatesOf(ctx context.Context, ca config.CA) (string, error) {
	rest := ca.PEM
	switch {
	case ca.Dir != "":
		return "", usagef("%s is a directory, which is not written to manifests: specify one file with --%s",
			config.VaultCAPath.Env, config.VaultCACert.Flag)
	case ca.File != "":
		var err error
		if rest, err = readPath(ctx, ca.File, maxCertificates); err != nil {
			return "", err
		}
	case len(rest) == 0:
		return "", nil
	}
	var text strings.Builder
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			text.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
		}
	}
	if text.Len() == 0 {
		return "", errors.New("the file of Vault's CA has no certificate")
	}
	if text.Len() > maxPinnedCertificates {
		return "", withHint(fmt.Errorf("the certificates of Vault's CA have %d KiB, and a pod can have %d KiB of them",
			text.Len()>>10, maxPinnedCertificates>>10), pinnedCAHint())
	}
	return text.String(), nil
}

// maxPinnedCertificates is the most that a variable of a pod can have of them: Linux does not start
// a program with one of 128 KiB.
const maxPinnedCertificates = 96 << 10
