package test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// kubeProxy starts a proxy before the API server, that adds the
// administrator's certificate, and writes a kubeconfig for it.
func (s stack) kubeProxy(rule rule, kubeconfig, namespace string) (*proxy, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	next, err := forwardTo(config.Host, transport)
	if err != nil {
		return nil, err
	}
	p := newProxy(next, rule)
	p.Start()
	file := clientcmdapi.NewConfig()
	file.Clusters["proxy"] = &clientcmdapi.Cluster{Server: p.URL}
	file.Contexts["proxy"] = &clientcmdapi.Context{Cluster: "proxy", Namespace: namespace}
	file.CurrentContext = "proxy"
	return p, clientcmd.WriteToFile(*file, kubeconfig)
}

func runKubeProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: kubeproxy NAME PATTERN COMMAND…")
	}
	matches, err := pattern(args[1])
	ts.Check(err)
	kubeconfig := ts.MkAbs(filepath.Join(".proxies", args[0]))
	ts.Check(os.MkdirAll(filepath.Dir(kubeconfig), 0o700))
	p, err := theStack.kubeProxy(once(matches, commandOf(ts, args[2:])), kubeconfig, ts.Getenv("NS"))
	ts.Check(err)
	named(ts, args[0], p)
	ts.Setenv(args[0], kubeconfig)
}

// commandOf runs a command in the script's environment, as it is now.
func commandOf(ts *testscript.TestScript, args []string) func() error {
	path := filepath.Join(theStack.bin, args[0]) // kubectl, most of the time
	if _, err := os.Stat(path); err != nil {
		path = args[0]
	}
	environment := append(os.Environ(), "KUBECONFIG="+ts.Getenv("KUBECONFIG"))
	dir := ts.MkAbs(".")
	return func() error {
		command := exec.Command(path, args[1:]...)
		command.Env, command.Dir = environment, dir
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
}

// once does something before the first request that matches. When that fails
// the request does, with an answer that shows in any test.
func once(matches func(*http.Request) bool, do func() error) rule {
	var first sync.Once
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		var err error
		if matches(r) {
			first.Do(func() { err = do() })
		}
		if err != nil {
			http.Error(w, "the test's own command failed: "+err.Error(), http.StatusTeapot)
			return
		}
		next.ServeHTTP(w, r)
	}
}
