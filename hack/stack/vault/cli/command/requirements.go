package command

// What the files that are laid over this directory import: go mod tidy does not see them.
import (
	_ "github.com/ghodss/yaml"
	_ "github.com/hashicorp/go-secure-stdlib/kv-builder"
	_ "github.com/hashicorp/go-secure-stdlib/parseutil"
	_ "github.com/hashicorp/vault-hcp-lib"
	_ "github.com/hashicorp/vault/api"
	_ "github.com/hashicorp/vault/api/cliconfig"
	_ "github.com/hashicorp/vault/api/tokenhelper"
	_ "github.com/hashicorp/vault/command/config"
	_ "github.com/hashicorp/vault/helper/namespace"
	_ "github.com/hashicorp/vault/internalshared/configutil"
	_ "github.com/kr/text"
	_ "github.com/mattn/go-isatty"
	_ "github.com/mitchellh/go-homedir"
	_ "github.com/mitchellh/mapstructure"
	_ "github.com/pkg/errors"
	_ "github.com/posener/complete"
	_ "github.com/ryanuber/columnize"
)
