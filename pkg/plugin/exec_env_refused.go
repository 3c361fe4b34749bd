package plugin

import (
	"runtime"
	"slices"
	"strings"
)

// steering is a group of environment variables that decide what a program loads, runs, reads or connects to. A person
// who may only write a Secret must not set them: exec refuses them unless --allow names them.
type steering struct {
	affects  string // ends the sentence "NAME affects …"
	names    []string
	prefixes []string
	// passes are names with one of the prefixes that only carry a credential: the program that owns the prefix does not
	// read them, or reads nothing else from them.
	passes  []string
	anyCase bool // programs read these in lower case too
}

// affects tells what a variable decides beside its own value, "" for one that a Secret may set.
//
// User names, passwords, tokens and keys pass, and so do the host, port and region that belong to them
// (AWS_ACCESS_KEY_ID, AWS_REGION, PGHOST, DATABASE_URL): they are what Secrets are for.
func affects(name string) string {
	for _, group := range slices.Concat(steeringOfRuns(), steeringOfFiles(), steeringOfServers()) {
		if group.has(name) {
			return group.affects
		}
	}
	return ""
}

func (s steering) has(name string) bool {
	same := sameVariable
	if s.anyCase {
		same = strings.EqualFold
	}
	is := func(known string) bool { return same(name, known) }
	begins := func(prefix string) bool { return len(name) >= len(prefix) && same(name[:len(prefix)], prefix) }
	return slices.ContainsFunc(s.names, is) || slices.ContainsFunc(s.prefixes, begins) &&
		!slices.ContainsFunc(s.passes, is)
}

// sameVariable reports whether two names are one variable to the system, which on Windows does not see their case.
func sameVariable(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// steeringOfRuns are variables that decide which code runs.
func steeringOfRuns() []steering {
	return []steering{
		{affects: "the loader or the C library", prefixes: []string{"LD_", "DYLD_"}, names: []string{
			"GCONV_PATH", "GLIBC_TUNABLES", "LIBPATH", "SHLIB_PATH", "LOCPATH", "NLSPATH", "MALLOC_TRACE",
			"RES_OPTIONS", "RESOLV_HOST_CONF", "LOCALDOMAIN", "HOSTALIASES", "TZ", "TZDIR", "TERM", "TERMCAP",
			"TERMINFO", "TERMINFO_DIRS",
		}},
		{affects: "the shell, or which programs are started", prefixes: []string{"BASH_FUNC_"}, names: []string{
			"PATH", "PATHEXT", "COMSPEC", "SHELL", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "IFS", "PS4",
			"PROMPT_COMMAND", "CDPATH", "ZDOTDIR", "FPATH", "PSModulePath",
			"EDITOR", "VISUAL", "BROWSER", "PAGER", "MANPAGER", "SYSTEMD_PAGER", "LESS", "LESSOPEN", "LESSCLOSE",
			"INPUTRC",
			"SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER", "SSH_SK_HELPER", "SUDO_ASKPASS", "SUDO_EDITOR",
			"MAKEFLAGS",
		}},
		{affects: "an interpreter or a language's tools", names: []string{
			"NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "ELECTRON_RUN_AS_NODE",
			"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE", "PYTHONBREAKPOINT",
			"PYTHONPLATLIBDIR", "PYTHONWARNINGS", "PYTHONEXECUTABLE", "PYTHONPYCACHEPREFIX",
			"PERL5LIB", "PERLLIB", "PERL5OPT", "PERL5DB", "RUBYLIB", "RUBYOPT", "RUBYGEMS_GEMDEPS", "GEM_PATH",
			"GEM_HOME", "BUNDLE_GEMFILE", "BUNDLE_PATH",
			"JAVA_HOME", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JDK_JAVAC_OPTIONS", "CLASSPATH",
			"JAVA_OPTS", "CATALINA_OPTS", "MAVEN_OPTS", "GRADLE_OPTS", "GRADLE_USER_HOME",
			"PHPRC", "PHP_INI_SCAN_DIR", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "ERL_AFLAGS", "ERL_FLAGS", "ERL_ZFLAGS",
			"ERL_LIBS",
			"DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_ROOT", "CORECLR_PROFILER",
			"CORECLR_PROFILER_PATH", "COR_PROFILER", "COR_PROFILER_PATH",
			"GODEBUG", "GOTRACEBACK", "GOFLAGS", "GOENV", "GOPATH", "GOROOT", "GOPROXY", "GOSUMDB", "GONOSUMDB",
			"GOTOOLCHAIN",
			"RUSTC", "RUSTC_WRAPPER", "RUSTFLAGS", "CARGO_HOME", "RUSTUP_HOME",
			"UV_CONFIG_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL",
		}, prefixes: []string{"LUA_INIT", "LUA_PATH", "LUA_CPATH", "R_PROFILE", "R_ENVIRON", "PIP_"}},
		{affects: "npm", prefixes: []string{"NPM_CONFIG_"}, anyCase: true},
		// Git runs programs that its variables name, and its configuration names more of them. It reads none of the
		// passes.
		{affects: "git", prefixes: []string{"GIT_"}, passes: []string{"GIT_TOKEN", "GIT_USER", "GIT_USERNAME",
			"GIT_PASSWORD", "GIT_ACCESS_TOKEN", "GIT_AUTH_TOKEN"}},
	}
}

// steeringOfFiles are variables that decide where a program finds its configuration, which names programs and servers.
func steeringOfFiles() []steering {
	return []steering{
		{affects: "where programs find their files", prefixes: []string{"XDG_"}, names: []string{
			"HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE",
			"SYSTEMROOT", "WINDIR",
			"TMPDIR", "TMP", "TEMP", "TEMPDIR", "NETRC", "CURL_HOME", "WGETRC", "GNUPGHOME", "BOTO_CONFIG",
			"TERRAFORM_CONFIG", "REGISTRY_AUTH_FILE",
			"KRB5_CONFIG", "KRB5CCNAME", "KRB5_KTNAME", "ODBCINI", "ODBCSYSINI", "ORACLE_HOME", "TNS_ADMIN",
			"MYSQL_HOME", "MYSQL_TEST_LOGIN_FILE", "LIBMYSQL_PLUGIN_DIR", "LIBMYSQL_PLUGINS",
			"LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN",
		}},
		// kubectl, its plugins, and the address of the API server in a pod.
		{affects: "which cluster is used", prefixes: []string{"KUBE", "HELM_"},
			passes: []string{"KUBE_TOKEN", "KUBE_USER", "KUBE_PASSWORD", "HELM_KUBETOKEN"}},
		{affects: "Ansible or Terraform", prefixes: []string{"ANSIBLE_", "TF_CLI_"},
			names: []string{"TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE"},
			passes: []string{
				// variables of playbooks; it reads files with passwords, and runs those that are programs
				"ANSIBLE_PASSWORD", "ANSIBLE_BECOME_PASSWORD", "ANSIBLE_VAULT_PASSWORD",
			}},
		{affects: "which container engine is used", names: []string{
			"DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS", "DOCKER_TLS_VERIFY",
			"BUILDKIT_HOST", "BUILDX_CONFIG",
			"CONTAINER_HOST", "CONTAINERD_ADDRESS", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF",
			"CONTAINERS_REGISTRIES_CONF",
		}},
		{affects: "which agent, display or service manager is used", names: []string{
			"SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY",
			"XAUTHORITY", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",
		}},
	}
}

// steeringOfServers are variables that decide which servers a program connects to and trusts.
func steeringOfServers() []steering {
	return []steering{
		{affects: "where connections go", anyCase: true, names: []string{
			"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY", "RSYNC_PROXY", "SOCKS_PROXY",
			"SOCKS_SERVER", "SOCKS5_SERVER", "GRPC_PROXY", "NO_GRPC_PROXY",
		}},
		{affects: "which servers are trusted", names: []string{
			"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NIX_SSL_CERT_FILE",
			"HTTPLIB2_CA_CERTS", "CARGO_HTTP_CAINFO", "DENO_CERT", "DENO_TLS_CA_STORE",
			"NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "PERL_LWP_SSL_VERIFY_HOSTNAME",
			"PERL_LWP_SSL_CA_FILE", "HTTPS_CA_FILE",
			"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",
		}},
		// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the region pass; what follows chooses other
		// credentials, a program that gives them (a profile's credential_process), or a server.
		{affects: "which cloud account or server is used", names: []string{
			"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
			"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
			"AWS_DATA_PATH", "AWS_SDK_LOAD_CONFIG", "AWS_PAGER", "AWS_S3_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
			"AWS_USE_FIPS_ENDPOINT",
			"AZURE_AUTHORITY_HOST", "AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR", "AZURE_FEDERATED_TOKEN_FILE",
			"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS",
			"IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT",
			"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_API_USE_MTLS_ENDPOINT", "GCE_METADATA_HOST", "GCE_METADATA_IP",
			"GCE_METADATA_ROOT", "STORAGE_EMULATOR_HOST",
			"GH_HOST", "GH_CONFIG_DIR", "GH_PATH", "GH_BROWSER", "GH_EDITOR", "GH_PAGER",
		}, prefixes: []string{"AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT", "AWS_CONTAINER_",
			"AWS_EC2_METADATA_", "CLOUDSDK_"}, passes: []string{
			"AWS_CONTAINER_AUTHORIZATION_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN", // credentials themselves
		}},
		{affects: "which Vault is used", prefixes: []string{"VAULT_", "BAO_", "VAULTSEAL_"}, passes: []string{
			"VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_SECRET_ID", "VAULT_USERNAME", "VAULT_PASSWORD", "BAO_TOKEN",
		}},
		// PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE pass: they belong together.
		{affects: "how the database is reached and verified", prefixes: []string{"PGSSL", "PGSERVICE", "PGGSS"},
			names: []string{
				"PGPASSFILE", "PGSYSCONFDIR", "PGOPTIONS", "PGREQUIRESSL", "PGREQUIREAUTH", "PGREQUIREPEER",
				"PGCHANNELBINDING", "PGKRBSRVNAME", "PGLOCALEDIR", "PSQLRC", "PSQL_EDITOR", "PSQL_PAGER",
			}},
	}
}
