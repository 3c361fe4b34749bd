package test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// stack is the running local stack, as `stack env` describes it.
type stack struct {
	kubeconfig string
	vaultAddr  string
	vaultCA    string
	rootToken  string
	kubeAudit  string
	vaultAudit string
	dir        string // CA and its key
	bin        string // kube-apiserver, etcd, kubectl, vault
	kubernetes string // its version, as v1.37.2
	given      bool   // Vault is a server that someone gave, which may also be OpenBao
	product    string // Vault or OpenBao
	vault      string // the version of that, as 1.21.4
	raced      string // the plugin, built with the race detector
}

// raceOptions are the race detector's: without them every command that it watches would sleep a second before it ends.
const raceOptions = "atexit_sleep_ms=0"

// theStack is set by TestMain and only read after that.
var theStack stack

func TestMain(m *testing.M) {
	found, err := stackFromEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		fmt.Fprintln(os.Stderr, "hint: run these tests with make test, which starts the stack")
		os.Exit(1)
	}
	if err := errors.Join(found.complete(), os.Setenv("GORACE", raceOptions)); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	theStack = found
	os.Exit(m.Run())
}

// complete finds out what Vault is, and makes a given one fit.
func (s *stack) complete() error {
	if s.given {
		if err := s.takeGivenVault(); err != nil {
			return err
		}
	}
	var err error
	if s.product, err = s.vaultProduct(); err != nil {
		return err
	}
	if s.vault, err = s.vaultVersion(); err != nil || !s.given {
		return err
	}
	return s.leaveOut()
}

func stackFromEnv() (stack, error) {
	var s stack
	raced, err := filepath.Abs("../bin/race")
	if err != nil {
		return s, err
	}
	s.raced = raced
	s.given = os.Getenv("VAULTSEAL_STACK_VAULT_GIVEN") == "true"
	var missing []string
	for name, field := range map[string]*string{
		"KUBECONFIG": &s.kubeconfig, "VAULT_ADDR": &s.vaultAddr, "VAULT_CACERT": &s.vaultCA,
		"VAULTSEAL_STACK_ROOT_TOKEN": &s.rootToken, "VAULTSEAL_STACK_DIR": &s.dir, "VAULTSEAL_STACK_BIN": &s.bin,
		"VAULTSEAL_STACK_KUBE_AUDIT": &s.kubeAudit, "VAULTSEAL_STACK_VAULT_AUDIT": &s.vaultAudit,
	} {
		if *field = os.Getenv(name); *field == "" && (!s.given || field != &s.vaultCA && field != &s.vaultAudit) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("no stack: %s not set", strings.Join(missing, ", "))
	}
	if _, err := exec.LookPath("kubectl-vaultseal"); err != nil {
		return s, err
	}
	said, err := exec.Command(filepath.Join(s.bin, "kube-apiserver"), "--version").Output()
	s.kubernetes = strings.TrimPrefix(strings.TrimSpace(string(said)), "Kubernetes ")
	return s, err
}

// vaultRequest speaks to Vault as its root, without any code of the plugin's.
func (s stack) vaultRequest(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	client, err := s.httpClient()
	if err != nil {
		return nil, err
	}
	return servers.Vault{Address: s.vaultAddr, Token: s.rootToken, HTTP: client}.Request(ctx, method, path, body)
}

// vaultLogin logs in; the token is never in an error.
func (s stack) vaultLogin(ctx context.Context, path string, body []byte) (string, error) {
	s.rootToken = ""
	answer, err := s.vaultRequest(ctx, "POST", path, body)
	if err != nil {
		return "", err
	}
	return tokenIn(answer)
}

// tokenIn is the token that Vault has answered with.
func tokenIn(answer []byte) (string, error) {
	var login struct {
		Auth struct {
			Token string `json:"client_token"`
		} `json:"auth"`
	}
	err := json.Unmarshal(answer, &login)
	return login.Auth.Token, err
}

// newName is for a namespace of a test's own. It spells no word that a test looks for, such as uid or yes.
func newName() string {
	return "t-" + strings.NewReplacer("e", "0", "i", "1").Replace(strings.ToLower(rand.Text()[:10]))
}

// kubectl runs the stack's kubectl as the administrator.
func (s stack) kubectl(stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(s.bin, "kubectl"), append([]string{"--kubeconfig", s.kubeconfig},
		args...)...)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// core is the API server as the administrator sees it, without a limit of the client's own.
func (s stack) core() (corev1client.CoreV1Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return corev1client.NewForConfig(config)
}

// secret is a Secret as the API server has it. Here and elsewhere the tests ask for it themselves where nothing
// hangs on kubectl, which takes a fifth of a second of a processor to start.
func (s stack) secret(namespace, name string) (*corev1.Secret, error) {
	core, err := s.core()
	if err != nil {
		return nil, err
	}
	return core.Secrets(namespace).Get(context.Background(), name, metav1.GetOptions{})
}

// mustJSON is for values that always marshal.
func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
