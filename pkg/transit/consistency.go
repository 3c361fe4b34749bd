package transit

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// replicationStates lets a client read its own writes on a Vault cluster whose standbys lag: the client sends the index
// of each answer with every later request, and a node that is behind that index answers 412.
type replicationStates struct {
	mu     sync.Mutex
	states []replicationState // at most two
}

// maxIndex bounds an index that is sent again, in bytes. Vault's have about 150.
const maxIndex = 1 << 10

// record leaves out an index that no request could carry.
func (s *replicationStates) record(answer http.Header) {
	text := answer.Get(headerIndex)
	if text == "" || len(text) > maxIndex || strings.ContainsFunc(text, unicode.IsControl) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = merged(s.states, replicationStateOf(text))
}

func (s *replicationStates) require(header http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, state := range s.states {
		header.Add(headerIndex, state.text)
	}
}

// replicationState is how far a Vault cluster was when it answered.
type replicationState struct {
	text              string // as Vault sent it
	cluster           string // empty: the text has another form
	local, replicated uint64 // indexes of the two write-ahead logs
}

// replicationStateOf reads base64 of v1:CLUSTER:LOCAL:REPLICATED:HMAC. Only Vault can check the HMAC.
func replicationStateOf(text string) replicationState {
	state := replicationState{text: text}
	decoded, err := base64.StdEncoding.DecodeString(text)
	parts := strings.Split(string(decoded), ":")
	if err != nil || len(parts) != 5 || parts[0] != "v1" {
		return state
	}
	local, localErr := strconv.ParseUint(parts[2], 10, 64)
	replicated, replicatedErr := strconv.ParseUint(parts[3], 10, 64)
	if localErr == nil && replicatedErr == nil {
		state.cluster, state.local, state.replicated = parts[1], local, replicated
	}
	return state
}

// merged are the states that a node must have reached which has reached the old ones and the next one: that with the
// highest local index, and that with the highest replicated one. States of two clusters cannot be compared: then the
// next one counts.
func merged(old []replicationState, next replicationState) []replicationState {
	local, replicated := next, next
	for _, state := range old {
		if next.cluster == "" || state.cluster != next.cluster {
			return []replicationState{next}
		}
		if state.local > local.local || state.local == local.local && state.replicated > local.replicated {
			local = state
		}
		if state.replicated > replicated.replicated ||
			state.replicated == replicated.replicated && state.local > replicated.local {
			replicated = state
		}
	}
	if local == replicated {
		return []replicationState{local}
	}
	return []replicationState{local, replicated}
}
