package config

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// CA are the trusted certificates: a file, a directory or PEM text; without any, the system's.
type CA struct {
	File, Dir string
	PEM       []byte
}

func (g group) ca() (Value[CA], error) {
	flag, configured := g.sources.fromFlag(VaultCACert), g.cluster(VaultCACert)
	ambient, err := ambientCA(g.sources.fromEnv)
	if err != nil {
		return Value[CA]{}, err
	}
	own, _ := ambientCA(g.env)
	fromConfigMap := g.address.Source.Origin == FromConfigMap
	switch {
	case flag.Given():
		return Value[CA]{CA{File: flag.Value}, flag.Source}, nil
	case fromConfigMap && ambient.Given() && !configured.Given():
		return Value[CA]{}, &ConflictError{Setting: VaultCACert, Environment: namedCA(ambient)}
	case own.Given():
		return own, g.sameCA(own, configured)
	case configured.Given():
		var other Value[CA]
		if fromConfigMap {
			other = ambient
		}
		return Value[CA]{CA{PEM: []byte(configured.Value)}, configured.Source}, g.sameCA(other, configured)
	}
	return Value[CA]{}, nil
}

// ambientCA returns the CA of the environment, with the precedence that Vault's own client has. Text without a
// certificate is a *ValueError.
func ambientCA(env func(Setting) Value[string]) (Value[CA], error) {
	file, text, dir := env(VaultCACert), env(VaultCACertText), env(VaultCAPath)
	switch {
	case file.Given():
		return Value[CA]{CA{File: file.Value}, file.Source}, nil
	case text.Given():
		if !x509.NewCertPool().AppendCertsFromPEM([]byte(text.Value)) {
			return Value[CA]{}, &ValueError{Source: text.Source, Err: errors.New("it holds no PEM certificate")}
		}
		return Value[CA]{CA{PEM: []byte(text.Value)}, text.Source}, nil
	case dir.Given():
		return Value[CA]{CA{Dir: dir.Value}, dir.Source}, nil
	}
	return Value[CA]{}, nil
}

// namedCA returns the value as an error shows it.
func namedCA(ca Value[CA]) Value[string] {
	return Value[string]{cmp.Or(ca.Value.File, ca.Value.Dir, "a certificate"), ca.Source}
}

// sameCA compares the certificates of the environment with the ConfigMap's text. Directories are not compared.
func (g group) sameCA(env Value[CA], configured Value[string]) error {
	ca := env.Value
	if !env.Given() || !configured.Given() || ca.Dir != "" {
		return nil
	}
	text := ca.PEM
	if ca.File != "" {
		var err error
		if text, err = g.sources.ReadFile(ca.File); err != nil {
			return &ValueError{Source: env.Source, Err: err}
		}
	}
	if !bytes.Equal(bytes.TrimSpace(text), bytes.TrimSpace([]byte(configured.Value))) {
		configured.Value = "another certificate"
		return &ConflictError{Setting: VaultCACert, Environment: namedCA(env), ConfigMap: configured}
	}
	return nil
}

// String describes the trusted certificates.
func (ca CA) String() string {
	if ca.File != "" || ca.Dir != "" {
		return ca.File + ca.Dir
	}
	var names []string
	for rest := ca.PEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return strings.Join(names, "; ")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			names = append(names, "a certificate that cannot be read")
			continue
		}
		names = append(names, fmt.Sprintf("%s until %s", certificate.Subject,
			certificate.NotAfter.UTC().Format("2006-01-02")))
	}
}
