package transit

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func stateText(cluster string, local, replicated int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "v1:%s:%d:%d:abcd", cluster, local, replicated))
}

// TestReplicationStates: what is sent after answers with these states, in their order.
func TestReplicationStates(t *testing.T) {
	a := func(local, replicated int) string { return stateText("a", local, replicated) }
	b := stateText("b", 1, 1)
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, test := range map[string]struct{ answers, want []string }{
		"none":            {[]string{"", ""}, nil},
		"first":           {[]string{a(1, 2)}, []string{a(1, 2)}},
		"no index":        {[]string{a(1, 2), ""}, []string{a(1, 2)}},
		"later":           {[]string{a(1, 2), a(1, 3)}, []string{a(1, 3)}},
		"earlier":         {[]string{a(3, 4), a(3, 1)}, []string{a(3, 4)}},
		"same":            {[]string{a(3, 4), a(3, 4)}, []string{a(3, 4)}},
		"two nodes":       {[]string{a(1, 9), a(9, 1)}, []string{a(9, 1), a(1, 9)}},
		"both reached":    {[]string{a(1, 9), a(9, 1), a(9, 9)}, []string{a(9, 9)}},
		"one reached":     {[]string{a(1, 9), a(9, 1), a(8, 10)}, []string{a(9, 1), a(8, 10)}},
		"between":         {[]string{a(1, 9), a(9, 1), a(5, 5)}, []string{a(9, 1), a(1, 9)}},
		"another cluster": {[]string{a(1, 9), a(9, 1), b}, []string{b}},
		"no base64":       {[]string{a(1, 2), "v1:a:3:4:abcd"}, []string{"v1:a:3:4:abcd"}},
		"after no base64": {[]string{"x", a(1, 2)}, []string{a(1, 2)}},
		"two no base64":   {[]string{"x", "y"}, []string{"y"}},
		"another version": {[]string{a(1, 2), encoded("v2:a:3:4:abcd")}, []string{encoded("v2:a:3:4:abcd")}},
		"no cluster":      {[]string{encoded("v1::3:4:ab"), encoded("v1::4:5:ab")}, []string{encoded("v1::4:5:ab")}},
		"no HMAC":         {[]string{a(1, 2), encoded("v1:a:3:4")}, []string{encoded("v1:a:3:4")}},
		"negative":        {[]string{a(1, 2), stateText("a", -1, 4)}, []string{stateText("a", -1, 4)}},
		"too long":        {[]string{a(1, 2), strings.Repeat("A", maxIndex+1)}, []string{a(1, 2)}},
		"no header":       {[]string{a(1, 2), "a\x01b", "a\x7fb"}, []string{a(1, 2)}},
		"64 bits and more": {[]string{a(1, 2), encoded("v1:a:18446744073709551616:4:ab")},
			[]string{encoded("v1:a:18446744073709551616:4:ab")}},
	} {
		t.Run(name, func(t *testing.T) {
			var states replicationStates
			for _, answer := range test.answers {
				states.record(http.Header{headerIndex: {answer}})
			}
			request := http.Header{}
			states.require(request)
			if got := request.Values(headerIndex); !slices.Equal(got, test.want) {
				t.Errorf("sent %q, want %q", got, test.want)
			}
		})
	}
}

// TestReplicationStatesForgetNothing: a node that has reached what is sent has reached every state that was recorded,
// and no more is asked of it.
func TestReplicationStatesForgetNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var states replicationStates
		var local, replicated uint64
		for range 1 + random.IntN(8) {
			text := stateText("a", random.IntN(5), random.IntN(5))
			recorded := replicationStateOf(text)
			local, replicated = max(local, recorded.local), max(replicated, recorded.replicated)
			states.record(http.Header{headerIndex: {text}})
		}
		var sentLocal, sentReplicated uint64
		for _, sent := range states.states {
			sentLocal, sentReplicated = max(sentLocal, sent.local), max(sentReplicated, sent.replicated)
		}
		if sentLocal != local || sentReplicated != replicated || len(states.states) > 2 {
			t.Fatalf("sent %+v, recorded up to %d and %d", states.states, local, replicated)
		}
	}
}
