package plugin

import (
	"fmt"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func TestUnreadInOneLine(t *testing.T) {
	var unread engine.UnreadError
	for i := range 3 {
		name := fmt.Sprint("s", i)
		unread.Secrets = append(unread.Secrets, engine.UnreadSecret{Namespace: "a", Name: name,
			Err: fmt.Errorf("read secret a/%s: secrets %q not found", name, name)})
	}
	err := unreadInOneLine(fmt.Errorf("stopped: %w", &unread))
	if want := "stopped: 3 Secrets cannot be read: read: secrets not found: a/s0, a/s1, a/s2"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
