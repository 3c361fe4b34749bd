package test

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// connect makes the connection that a client of an HTTP proxy asks for. With an authorization, it wants that.
func connect(authorization string) rule {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		switch {
		case r.Method != http.MethodConnect:
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		case authorization != "" && r.Header.Get("Proxy-Authorization") != authorization:
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = to.Close() }()
		conn, sent, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(conn, to); _ = conn.Close() }()
		_, _ = io.Copy(to, sent)
	}
}

func runConnectProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: connectproxy NAME [USER:PASSWORD]")
	}
	authorization := ""
	if len(args) == 2 {
		authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(args[1]))
	}
	p := newProxy(nil, connect(authorization))
	p.Start()
	named(ts, args[0], p)
}
