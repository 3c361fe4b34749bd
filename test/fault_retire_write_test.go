package test

import "testing"

// TestFaultRetireDuringCreate: a Secret is sealed, and its write arrives only after a retirement that could not see it.
// It runs alone, as TestFaultRetire does.
func TestFaultRetireDuringCreate(t *testing.T) {
	ns := newRetiringNamespace(t)
	ns.grant(t, "10s", "vaultseal", "vaultseal-rotator", "vaultseal-retirer")
	writes := newRequestHold()
	t.Cleanup(writes.release)
	proxied := ns.behindKube(t, writes.before("POST /api/v1/namespaces/"+ns.namespace+"/secrets?", 0))
	create := proxied.start(t, "create", "late", "--from-literal=password=late-horse")
	writes.next(t)
	ns.ends(t, ns.retire(), 0)
	if got, want := ns.on.versions(t, ns.key), (keyVersions{2, 2, 2}); got != want {
		t.Errorf("versions of the key: %+v, want %+v", got, want)
	}
	writes.release()
	create.endsWith(t, 0)
	if view := ns.ends(t, []string{"view", "late", "password"}, 0); view.stdout.String() != "late-horse" {
		t.Errorf("stdout %q", view.stdout.String())
	}
}
