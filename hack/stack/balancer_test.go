package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// namedServer says its name to each client, and then what the client has said.
func namedServer(t *testing.T, name string) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				fmt.Fprintln(client, name)
				_, _ = io.Copy(client, client)
			}()
		}
	}()
	return listener.Addr().String(), func() { _ = listener.Close() }
}

func startBalancer(t *testing.T, choose chooser) *balancer {
	t.Helper()
	b, err := newBalancer(choose)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.stop() })
	return b
}

func connect(t *testing.T, b *balancer) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url(), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// met is the name of the server that a new client gets to, or empty where its connection is closed.
func met(t *testing.T, b *balancer) string {
	t.Helper()
	name, _ := bufio.NewReader(connect(t, b)).ReadString('\n')
	return strings.TrimSpace(name)
}

func TestBalancers(t *testing.T) {
	one, _ := namedServer(t, "one")
	two, stopTwo := namedServer(t, "two")
	three, _ := namedServer(t, "three")
	stopTwo()
	all := []string{one, two, three}
	for name, test := range map[string]struct {
		choose chooser
		want   []string
	}{
		"unchecked": {unchecked(all), []string{"one", "", "three", "one", "", "three"}},
		"accepting": {accepting(all), []string{"one", "three", "one", "three"}},
		"all dead":  {accepting([]string{two}), []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBalancer(t, test.choose)
			var got []string
			for range test.want {
				got = append(got, met(t, b))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestActiveOnlyFollows(t *testing.T) {
	one, _ := namedServer(t, "one")
	two, _ := namedServer(t, "two")
	var active atomic.Pointer[string]
	isActive := func(_ context.Context, address string) bool {
		now := active.Load()
		return now != nil && *now == address
	}
	b := startBalancer(t, activeOnly(t.Context(), []string{one, two}, isActive))
	for _, step := range []struct {
		active *string
		want   string
	}{{nil, ""}, {&two, "two"}, {&one, "one"}, {nil, ""}} {
		active.Store(step.active)
		for met(t, b) != step.want { // until the next check
			time.Sleep(time.Millisecond)
		}
	}
}

func TestBalancerPassesBothWays(t *testing.T) {
	server, _ := namedServer(t, "echo")
	conn := connect(t, startBalancer(t, unchecked([]string{server})))
	text := strings.Repeat("0123456789", 100_000)
	go func() {
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != "echo\n"+text {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(text), err)
	}
}

func TestStopEndsConnections(t *testing.T) {
	server, _ := namedServer(t, "one")
	b := startBalancer(t, unchecked([]string{server}))
	conn := connect(t, b)
	reader := bufio.NewReader(conn)
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the connection still stands")
	}
}
