package transit

import (
	"net/http"
	"sync"

	"github.com/hashicorp/vault/api"
)

// replicationStates lets a client read its own writes on a Vault cluster whose standbys lag: the client sends the index
// of each answer with every later request, and a node that is behind that index answers 412.
type replicationStates struct {
	mu     sync.Mutex
	states []string
}

func (s *replicationStates) record(resp *api.Response) {
	var state string
	api.RecordState(&state)(resp)
	if state == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = api.MergeReplicationStates(s.states, state)
}

func (s *replicationStates) require(header http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, state := range s.states {
		header.Add(api.HeaderIndex, state)
	}
}
