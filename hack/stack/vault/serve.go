package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/vault"
)

// shutdownGrace is how long requests in flight may take when the server is told to end.
const shutdownGrace = 2 * time.Second

// ready is what the ready file says.
type ready struct {
	Address string `json:"address"` // https://HOST:PORT
	keys
}

// run serves until ctx is done.
func run(ctx context.Context, o options) error {
	logger := hclog.New(&hclog.LoggerOptions{Output: os.Stderr, Level: hclog.LevelFromString(o.logLevel)})
	certificate, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return fmt.Errorf("server certificate: %w", err)
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	address := "https://" + listener.Addr().String()
	core, err := newCore(o, address, logger)
	if err != nil {
		return err
	}
	defer core.Shutdown()
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{Address: o.listen},
	})
	if o.isNode() {
		if err := listenToNodes(core, o.cluster, handler); err != nil {
			return err
		}
	}
	k, err := setUp(ctx, core, o)
	if err != nil {
		return err
	}

	server := &http.Server{
		Handler:           handler,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:          logger.StandardLogger(&hclog.StandardLoggerOptions{InferLevels: true}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(listener, "", "") }()
	if o.readyFile != "" {
		if err := writePrivate(o.readyFile, ready{Address: address, keys: k}); err != nil {
			return err
		}
	}

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		return shutDown(server)
	}
}

// setUp unseals the core, turns its audit log on and, if asked to, seals it again. If
// asked to, and for a node of a cluster, it does none of it.
func setUp(ctx context.Context, core *vault.Core, o options) (keys, error) {
	if o.bare || o.isNode() {
		return keys{}, nil
	}
	k, err := unseal(ctx, core, o.storage)
	if err != nil {
		return keys{}, err
	}
	if o.auditLog != "" {
		if err := enableAudit(ctx, core, k.RootToken, o.auditLog); err != nil {
			return keys{}, err
		}
	}
	if o.sealed {
		if err := core.Seal(k.RootToken); err != nil {
			return keys{}, fmt.Errorf("seal vault: %w", err)
		}
	}
	return k, nil
}

func shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
