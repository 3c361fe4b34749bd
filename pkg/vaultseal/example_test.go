package vaultseal_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// Where nothing is said, a Reader takes what the pod has: no option is needed there.
func Example() {
	ctx := context.Background()
	options, stop := exampleServers()
	defer stop()

	reader, err := vaultseal.NewReader(ctx, options...)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = reader.Close(ctx) }() // revokes the Vault token

	entries, err := reader.Open(ctx, "app")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", entries["license"])
	// Output: ABC-123
}

func ExampleReader_Unmarshal() {
	ctx := context.Background()
	options, stop := exampleServers()
	defer stop()

	reader, err := vaultseal.NewReader(ctx, options...)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = reader.Close(ctx) }()

	var app struct {
		Config struct {
			Database struct{ User, Password string }
		} `json:"config.yaml"`
		License string
	}
	if err := reader.Unmarshal(ctx, "app", &app); err != nil {
		log.Fatal(err)
	}
	fmt.Println(app.Config.Database.User, app.License)
	// Output: app ABC-123
}

// A reader can pin what it accepts, and tell errors apart.
func ExampleNewReader() {
	ctx := context.Background()
	options, stop := exampleServers()
	defer stop()

	reader, err := vaultseal.NewReader(ctx, append(options, vaultseal.WithTransitKey("transit/app"),
		vaultseal.WithLeastScope(vaultseal.Strict))...)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = reader.Close(ctx) }()

	_, err = reader.OpenEntry(ctx, "app", "absent")
	switch {
	case errors.Is(err, vaultseal.ErrNotFound):
		fmt.Println("there is no such Secret, or no such entry")
	case errors.Is(err, vaultseal.ErrDenied):
		fmt.Println("this application may not open it")
	case err != nil:
		fmt.Println(err)
	}
	// Output: there is no such Secret, or no such entry
}
