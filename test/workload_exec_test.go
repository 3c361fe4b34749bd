package test

import (
	"strings"
	"testing"
)

// TestWorkloadExec: with --env=exec no disk of the node has a value, neither of a file nor of a variable.
func TestWorkloadExec(t *testing.T) {
	p := newFaultWorkload(t)
	const user, password = "exec-alone-horse", "exec-alone-mule"
	p.develops(t, "create", "app", "--overwrite", "--from-literal=user="+user, "--from-literal=password="+password)
	manifest := strings.Replace(faultPod, "    args: [show", "    command: [/probe]\n    args: [show", 1)
	p.apply(t, p.injected(t, p.file(t, "pod.yaml", manifest), "--env=exec"))
	p.awaitReady(t, "app")
	given := p.reported(t, "app", "main")
	if is := string(given.Files["/files/user"].Content); is != user || given.Env["PASSWORD"] != password {
		t.Errorf("the container has %q and %q", is, given.Env["PASSWORD"])
	}
	// The probe itself prints what it was given to its log.
	if found := theNode(t).findPlaintext(t, p, password); len(found) != 1 || found[0] != "logs of pods" {
		t.Errorf("the password is in %q", found)
	}
}
