// Package command is made of files of github.com/hashicorp/vault/command, which the build lays over this
// directory (hack/stack/overlay.go), and of what these need from Vault's own commands.go, which imports everything.
package command

import "github.com/hashicorp/cli"

func initCommands(ui, _ cli.Ui, options *RunOptions) map[string]cli.CommandFactory {
	base := &BaseCommand{
		UI: ui, tokenHelper: options.TokenHelper, flagAddress: options.Address, client: options.Client,
		hcpTokenHelper: options.HCPTokenHelper,
	}
	made := func(c cli.Command) cli.CommandFactory { return func() (cli.Command, error) { return c, nil } }
	return map[string]cli.CommandFactory{
		"auth enable":    made(&AuthEnableCommand{BaseCommand: base}),
		"delete":         made(&DeleteCommand{BaseCommand: base}),
		"policy delete":  made(&PolicyDeleteCommand{BaseCommand: base}),
		"policy read":    made(&PolicyReadCommand{BaseCommand: base}),
		"policy write":   made(&PolicyWriteCommand{BaseCommand: base}),
		"read":           made(&ReadCommand{BaseCommand: base}),
		"secrets enable": made(&SecretsEnableCommand{BaseCommand: base}),
		"write":          made(&WriteCommand{BaseCommand: base}),
	}
}

// The help looks up each of the common commands, of which Vault's own has more.
func init() { commonCommands = []string{"delete", "read", "write"} }

// Variables and flags, as Vault's commands.go names them.
const (
	EnvVaultCLINoColor = "VAULT_CLI_NO_COLOR"
	EnvVaultDetailed   = "VAULT_DETAILED"
	EnvVaultFormat     = "VAULT_FORMAT"

	flagNameAddress                    = "address"
	flagNameAllowedManagedKeys         = "allowed-managed-keys"
	flagNameAllowedResponseHeaders     = "allowed-response-headers"
	flagNameAuditNonHMACRequestKeys    = "audit-non-hmac-request-keys"
	flagNameAuditNonHMACResponseKeys   = "audit-non-hmac-response-keys"
	flagNameCACert                     = "ca-cert"
	flagNameCAPath                     = "ca-path"
	flagNameClientCert                 = "client-cert"
	flagNameClientKey                  = "client-key"
	flagNameDelegatedAuthAccessors     = "delegated-auth-accessors"
	flagNameDisableRedirects           = "disable-redirects"
	flagNameIdentityTokenKey           = "identity-token-key"
	flagNameListingVisibility          = "listing-visibility"
	flagNamePassthroughRequestHeaders  = "passthrough-request-headers"
	flagNamePluginVersion              = "plugin-version"
	flagNameTLSSkipVerify              = "tls-skip-verify"
	flagNameTokenType                  = "token-type"
	flagNameTrimRequestTrailingSlashes = "trim-request-trailing-slashes"
	flagTLSServerName                  = "tls-server-name"
)
