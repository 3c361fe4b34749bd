package plugin

import (
	"runtime"
	"testing"
)

func TestAffects(t *testing.T) {
	for want, names := range map[string][]string{
		"the loader or the C library":              {"LD_PRELOAD", "DYLD_X", "RES_OPTIONS", "TZDIR", "TERMINFO"},
		"the shell, or which programs are started": {"PATH", "BASH_ENV", "BROWSER", "PSModulePath", "BASH_FUNC_x"},
		"an interpreter or a language's tools": {"NODE_OPTIONS", "LUA_INIT_5_4", "R_PROFILE_USER", "ERL_ZFLAGS",
			"PIP_INDEX_URL", "GODEBUG"},
		"npm":                             {"npm_config_prefix", "NPM_CONFIG_PREFIX"},
		"git":                             {"GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_SSL_NO_VERIFY", "GIT_DIR"},
		"where programs find their files": {"HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "NETRC"},
		"which cluster is used":           {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBE_EDITOR", "HELM_PLUGINS"},
		"Ansible or Terraform":            {"ANSIBLE_CONFIG", "TF_CLI_CONFIG_FILE", "TF_CLI_ARGS_apply"},
		"which container engine is used":  {"DOCKER_CONFIG", "DOCKER_HOST"},
		"where connections go":            {"HTTP_PROXY", "https_proxy", "All_Proxy", "no_proxy"},
		"which servers are trusted": {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
			"NODE_EXTRA_CA_CERTS", "SSLKEYLOGFILE"},
		"which cloud account or server is used": {
			"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL",
			"AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AZURE_AUTHORITY_HOST", "GOOGLE_APPLICATION_CREDENTIALS",
			"CLOUDSDK_CONFIG",
		},
		"which Vault is used": {"VAULT_ADDR", "VAULT_CACERT", "VAULT_SKIP_VERIFY", "BAO_ADDR",
			"VAULTSEAL_ROLE"},
		"how the database is reached and verified": {"PGSSLMODE", "PGSSLROOTCERT", "PGSERVICEFILE", "PGPASSFILE"},
		"": {
			"PASSWORD", "DATABASE_URL", "LDAP_PASSWORD", "NODE_ENV", "PATHS", "HOMEPAGE", "database_proxy", "git_url",
			"USER", "PWD",
			"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
			"AWS_CONTAINER_AUTHORIZATION_TOKEN",
			"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "GOOGLE_CREDENTIALS",
			"CLOUDSDK_AUTH_ACCESS_TOKEN",
			"GIT_TOKEN", "GIT_PASSWORD", "GH_TOKEN", "NPM_TOKEN", "DOCKER_PASSWORD", "KUBE_TOKEN", "VAULT_TOKEN",
			"VAULT_SECRET_ID", "TF_VAR_x", "ANSIBLE_VAULT_PASSWORD",
			"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "MYSQL_PASSWORD", "REDIS_URL",
		},
	} {
		for _, name := range names {
			if got := affects(name); got != want {
				t.Errorf("%s affects %q, want %q", name, got, want)
			}
		}
	}
}

// TestAffectsWindows: there the case of a name is not seen.
func TestAffectsWindows(t *testing.T) {
	for _, name := range []string{"Path", "PSMODULEPATH", "psmodulepath", "Node_Options", "Home"} {
		if got := affects(name) != ""; got != (runtime.GOOS == "windows") {
			t.Errorf("%s: %v", name, got)
		}
	}
}
