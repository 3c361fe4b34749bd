// Command probe is what tests run in a container. It does what its arguments say, one
// command after the other, separated by --:
//
//	show [DIR...]                    print what the container was given, as a line of JSON
//	write FILE TEXT                  write a file
//	login VAULT MOUNT/ROLE TOKENFILE log in at Vault (CA in VAULT_CACERT_BYTES), print the policies, revoke the token
//	api PATH                         ask the API server with the pod's own token, print the status
//	wait                             wait for SIGTERM
//	exit CODE
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/probe/report"
)

func main() {
	for command := range commands(os.Args[1:]) {
		if err := run(command[0], command[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", command[0], err)
			os.Exit(1)
		}
	}
}

// commands separates the arguments at --.
func commands(args []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(args) > 0 {
			end := slices.Index(args, "--")
			if end < 0 {
				end = len(args)
			}
			if end > 0 && !yield(args[:end]) {
				return
			}
			args = args[min(end+1, len(args)):]
		}
	}
}

func run(command string, args []string) error {
	switch {
	case command == "show":
		return show(args)
	case command == "write" && len(args) == 2:
		return os.WriteFile(args[0], []byte(args[1]), 0o644)
	case command == "login" && len(args) == 3:
		return login(args[0], args[1], args[2])
	case command == "api" && len(args) == 1:
		return api(args[0])
	case command == "wait":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
		<-signals
		return nil
	case command == "exit" && len(args) == 1:
		code, err := strconv.Atoi(args[0])
		if err == nil {
			os.Exit(code)
		}
		return err
	default:
		return errors.New("unknown command, or a wrong number of arguments")
	}
}

func show(dirs []string) error {
	r, err := report.New(dirs...)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// login never prints the token.
func login(vault, role, tokenFile string) error {
	client, err := trusting([]byte(os.Getenv("VAULT_CACERT_BYTES")))
	if err != nil {
		return err
	}
	jwt, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	mount, name, _ := strings.Cut(role, "/")
	body, err := json.Marshal(map[string]string{"role": name, "jwt": string(jwt)})
	if err != nil {
		return err
	}
	var answer struct {
		Auth struct {
			Token    string   `json:"client_token"`
			Policies []string `json:"policies"`
		} `json:"auth"`
		Errors []string `json:"errors"`
	}
	status, text, err := send(client, vault+"/v1/auth/"+mount+"/login", http.Header{}, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("status %d: %v", status, answer.Errors)
	}
	fmt.Printf("logged in with policies %v\n", answer.Auth.Policies)
	_, _, err = send(client, vault+"/v1/auth/token/revoke-self", http.Header{"X-Vault-Token": {answer.Auth.Token}},
		[]byte("{}"))
	return err
}

func api(path string) error {
	const dir = "/var/run/secrets/kubernetes.io/serviceaccount/"
	token, err := os.ReadFile(dir + "token")
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(dir + "ca.crt")
	if err != nil {
		return err
	}
	client, err := trusting(ca)
	if err != nil {
		return err
	}
	host := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	status, _, err := send(client, "https://"+host+path, http.Header{"Authorization": {"Bearer " + string(token)}}, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d\n", path, status)
	return nil
}

func trusting(ca []byte) (*http.Client, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("no CA certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &http.Client{Timeout: 10 * time.Second, Transport: transport}, nil
}

// send gets, or posts a body.
func send(client *http.Client, url string, header http.Header, body []byte) (status int, text []byte, err error) {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(response.Body)
	return response.StatusCode, text, err
}
