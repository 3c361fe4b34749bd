package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Link is a network path to a server that can be made bad. TLS passes through it: the servers' certificates cover
// 127.0.0.1.
type Link struct{ proxy *toxiproxy.Proxy }

// NewLink leads from an address to a server at a URL, from now on.
func NewLink(listen, server string) (*Link, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	control := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &Link{proxy: toxiproxy.NewProxy(control, listen, listen, target.Host)}
	return l, l.Restore()
}

// URL is the server's, through the link.
func (l *Link) URL() string { return "https://" + l.proxy.Listen }

// LeadTo sends new connections to another server, and gives the address of the one before.
func (l *Link) LeadTo(address string) (before string) {
	before, l.proxy.Upstream = l.proxy.Upstream, address
	return before
}

// Cut closes all connections and refuses new ones.
func (l *Link) Cut() { l.proxy.Stop() }

// Restore accepts connections again, at the same address.
func (l *Link) Restore() error { return l.proxy.Start() }

// Latency delays what the server says, by a time and a jitter, in milliseconds.
func (l *Link) Latency(delay, jitter int) error {
	return l.add(map[string]any{"type": "latency", "attributes": map[string]int{"latency": delay, "jitter": jitter}})
}

// Swallow loses all that both sides say, without a word to either.
func (l *Link) Swallow() error {
	for _, direction := range []string{"upstream", "downstream"} {
		toxic := map[string]any{"type": "timeout", "stream": direction, "attributes": map[string]int{"timeout": 0}}
		if err := l.add(toxic); err != nil {
			return err
		}
	}
	return nil
}

// Reset answers whatever is sent with a TCP reset.
func (l *Link) Reset() error {
	return l.add(map[string]any{"type": "reset_peer", "stream": "upstream", "attributes": map[string]int{"timeout": 0}})
}

func (l *Link) add(toxic map[string]any) error {
	text, err := json.Marshal(toxic)
	if err != nil {
		return err
	}
	_, err = l.proxy.Toxics.AddToxicJson(bytes.NewReader(text))
	return err
}

// Heal takes away what was added.
func (l *Link) Heal() { l.proxy.Toxics.ResetToxics(context.Background()) }
