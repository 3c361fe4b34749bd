package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/helper/namespace"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/vault"
)

// enableAudit makes the file audit device write to path, also when the storage
// remembers a device that wrote elsewhere. Bodies and tokens are logged as HMACs.
func enableAudit(ctx context.Context, core *vault.Core, rootToken, path string) error {
	for _, request := range []*logical.Request{
		{Operation: logical.DeleteOperation},
		{Operation: logical.UpdateOperation, Data: map[string]any{
			"type":    "file",
			"options": map[string]any{"file_path": path},
		}},
	} {
		request.Path = "sys/audit/file"
		request.ClientToken = rootToken
		response, err := core.HandleRequest(namespace.RootContext(ctx), request)
		if err == nil && response != nil && response.IsError() {
			err = response.Error()
		}
		if err != nil {
			return fmt.Errorf("enable audit log %s: %w", path, err)
		}
	}
	return nil
}
