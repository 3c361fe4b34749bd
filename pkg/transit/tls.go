package transit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func (cfg Config) tls() (*tls.Config, error) {
	roots, err := cfg.roots()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		ServerName:         cfg.TLSServerName,
		InsecureSkipVerify: cfg.InsecureSkipVerify, //nolint:gosec // asked for by name
	}
	switch {
	case cfg.ClientCertFile == "" && cfg.ClientKeyFile == "":
	case cfg.ClientCertFile == "" || cfg.ClientKeyFile == "":
		return nil, errors.New("vault client certificate: certificate and key are needed together")
	default:
		cert, err := tls.LoadX509KeyPair(cfg.ClientCertFile, cfg.ClientKeyFile)
		if err != nil {
			return nil, fmt.Errorf("vault client certificate: %w", err)
		}
		// Send it whatever authorities the server names: Vault's cert method may trust other ones than its listener.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	return config, nil
}

// roots returns nil for the system's pool.
func (cfg Config) roots() (*x509.CertPool, error) {
	given := 0
	for _, set := range []bool{len(cfg.CACertPEM) > 0, cfg.CACertFile != "", cfg.CAPath != ""} {
		if set {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, errors.New("vault CA: more than one of a certificate, a file and a directory is given")
	case len(cfg.CACertPEM) > 0:
		return poolOf("the given certificate", cfg.CACertPEM)
	case cfg.CACertFile != "":
		pem, err := readCertificates(cfg.CACertFile)
		if err != nil {
			return nil, fmt.Errorf("vault CA: %w", err)
		}
		return poolOf(cfg.CACertFile, pem)
	case cfg.CAPath != "":
		return poolOfDir(cfg.CAPath)
	}
	return nil, nil
}

func poolOf(source string, pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("vault CA: %s holds no PEM certificate", source)
	}
	return pool, nil
}

// poolOfDir has every certificate of the directory's files. It skips other files, as OpenSSL does, and names with a
// leading dot, which a mounted ConfigMap has.
func poolOfDir(dir string) (*x509.CertPool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("vault CA: %w", err)
	}
	pool, found := x509.NewCertPool(), false
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		info, err := os.Stat(path) // through links
		if strings.HasPrefix(entry.Name(), ".") || err != nil || !info.Mode().IsRegular() {
			continue
		}
		pem, err := readCertificates(path)
		if err != nil {
			return nil, fmt.Errorf("vault CA: %w", err)
		}
		found = pool.AppendCertsFromPEM(pem) || found
	}
	if !found {
		return nil, fmt.Errorf("vault CA: no PEM certificate in directory %s", dir)
	}
	return pool, nil
}

// maxCertificates is how many bytes are read of a file.
const maxCertificates = 16 << 20

func readCertificates(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the path is the caller's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxCertificates))
}
