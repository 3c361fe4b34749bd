package servers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
)

// Ports gives addresses without a listener.
type Ports struct{ given sync.Map }

// Free returns an address that the system does not assign: a former listener can use it again.
func (p *Ports) Free() (string, error) {
	for range 100 {
		port := 20000 + rand.IntN(10000)
		if _, given := p.given.LoadOrStore(port, true); given {
			continue
		}
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp",
			net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		defer func() { _ = listener.Close() }()
		return listener.Addr().String(), nil
	}
	return "", errors.New("no port is free")
}

// Child is one of the stack's servers, which ends when this process does.
func Child(path string, args []string) *exec.Cmd {
	server := exec.CommandContext(context.Background(), path, args...)
	server.Env = append(os.Environ(), fmt.Sprintf("VAULTSEAL_STACK_PARENT=%d", os.Getpid()))
	return server
}
