package node

import (
	"strings"
	"testing"
)

func TestCheckCapabilities(t *testing.T) {
	if err := checkCapabilities("Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n"); err != nil {
		t.Error(err)
	}
	const container = "Name:\tx\nCapEff:\t00000000a80425fb\nCapBnd:\t0\n" // a container's without --privileged
	if err := checkCapabilities(container); err == nil ||
		!strings.Contains(err.Error(), "needs CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_PTRACE: ") {
		t.Errorf("a container: %v", err)
	}
	if checkCapabilities("Name:\tx\n") == nil {
		t.Error("a status without capabilities is fine")
	}
}

func TestCheckPlace(t *testing.T) {
	if err := checkPlace(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := checkPlace("/var/lib"); err == nil || !strings.Contains(err.Error(), "choose another directory") {
		t.Errorf("/var/lib: %v", err)
	}
}
