package plugin

import "github.com/spf13/pflag"

// describeKubeFlags gives kubectl's own flags a named placeholder, as all flags of vaultseal have. The package that
// adds them describes them all as string.
func describeKubeFlags(flags *pflag.FlagSet) {
	for _, described := range [][2]string{
		{"as", "Act as this `USER`, such as system:serviceaccount:NAMESPACE:NAME"},
		{"as-group", "Act as a member of this `GROUP`; can be repeated"},
		{"as-uid", "Act as the user with this `UID`"},
		{"as-user-extra", "Act as a user with this extra `KEY=VALUE`; can be repeated"},
		{"certificate-authority", "`FILE` with the CA certificate that verifies the API server's"},
		{"client-certificate", "`FILE` with a client certificate for TLS"},
		{"client-key", "`FILE` with the key of the client certificate"},
		{"cluster", "`NAME` of the cluster in the kubeconfig"},
		{"context", "`NAME` of the context in the kubeconfig"},
		{"disable-compression", "Ask the API server not to compress its answers"},
		{"insecure-skip-tls-verify", "Do not verify the API server's certificate, which makes the connection insecure"},
		{"kubeconfig", "`FILE` with the kubeconfig"},
		{"namespace", "Work in this `NAMESPACE` (default that of the kubeconfig's context)"},
		{"proxy-url", "`URL` of a proxy to the API server"},
		{"request-timeout", "Limit each request to this `DURATION`, such as 1m30s; 0 is 30s for Vault and no limit " +
			"for the API server"},
		{"server", "`URL` of the API server"},
		{"tls-server-name", "`NAME` that the API server's certificate must carry (default the host of its address)"},
		{"token", "Bearer `TOKEN` for the API server"},
		{"user", "`NAME` of the user in the kubeconfig"},
	} {
		if flag := flags.Lookup(described[0]); flag != nil {
			flag.Usage = described[1]
		}
	}
}
