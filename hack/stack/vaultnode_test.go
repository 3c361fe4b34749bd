package main

import (
	"errors"
	"net"
	"os"
	"testing"
)

func TestNewNode(t *testing.T) {
	dir := stateDir(t.TempDir())
	node, err := newVaultNode(dir, vaultNodeName(0))
	if err != nil {
		t.Fatal(err)
	}
	if node.listen == node.cluster || node.Address != "https://"+node.listen {
		t.Errorf("addresses %s, %s and %s", node.Address, node.listen, node.cluster)
	}
	for _, address := range []string{node.listen, node.cluster} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("%s is not free: %v", address, err)
			continue
		}
		_ = listener.Close()
	}
	if node.held() {
		t.Error("a new node is held")
	}
	if err := os.WriteFile(node.HoldFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !node.held() {
		t.Error("the file does not hold the node")
	}
}

func TestRaftIsOfStartingStacks(t *testing.T) {
	for _, args := range [][]string{
		{"build", "-raft"}, {"env", "-raft"}, {"-raft", "down"}, {"-raft", "run", "--", "true"},
		{"run"}, {"run", "-raft"}, {"run", "-bare", "-raft", "--"}, {"run", "-fast", "--", "true"},
	} {
		if err := dispatch(args); !errors.Is(err, errUsage) {
			t.Errorf("%q: got %v, want the usage", args, err)
		}
	}
}
