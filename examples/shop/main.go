// Command shop is an application that opens its database password from a sealed Secret when it starts: nothing else in
// its pod has it, no environment variable and no file.
//
// SECRET names the Secret (shop), LISTEN the address to serve at (:8080). All else it finds in its pod, and in the
// cluster's configuration of vaultseal.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err) // errors of the library hold no plaintext
	}
}

// secrets is the document that is sealed in the Secret.
type secrets struct {
	Database struct {
		URL      string // without a password
		Password string
	}
}

// open opens the Secret. The Vault token that it takes is revoked before this returns.
func open(ctx context.Context, name string) (secrets, error) {
	var s secrets
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	reader, err := vaultseal.NewReader(ctx, vaultseal.WithLeastScope(vaultseal.Strict))
	if err != nil {
		return s, err
	}
	defer func() {
		if err := reader.Close(ctx); err != nil {
			log.Printf("the Vault token lapses by itself: %v", err)
		}
	}()
	err = reader.Unmarshal(ctx, name, &s)
	return s, err
}

func run(ctx context.Context) error {
	s, err := open(ctx, setting("SECRET", "shop"))
	switch {
	case errors.Is(err, vaultseal.ErrDenied):
		return fmt.Errorf("this application may not open that Secret: %w", err)
	case err != nil:
		return err
	}
	database, err := pgxpool.ParseConfig(s.Database.URL)
	if err != nil {
		return errors.New("database.url is no address of PostgreSQL") // pgx quotes it
	}
	database.ConnConfig.Password = s.Database.Password
	pool, err := pgxpool.NewWithConfig(ctx, database)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := pool.Ping(ctx); err != nil {
		return err
	}
	return serve(ctx, pool)
}

func serve(ctx context.Context, pool *pgxpool.Pool) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", setting("LISTEN", ":8080"))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: page(pool), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	log.Printf("serving at http://%s", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// page says how many articles there are.
func page(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var articles int
		if err := pool.QueryRow(r.Context(), "SELECT count(*) FROM articles").Scan(&articles); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, "The shop has %d articles.\n", articles)
	})
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
