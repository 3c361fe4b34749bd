package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	writesSize    = 512 // Secrets
	writesBlock   = 256 // writes in one way before another has its turn
	writesWriters = 64
)

// writeBlock is what one block of writes took.
type writeBlock struct {
	wall time.Duration // from the first request to the last answer
	// CPU time of this process, and of the servers.
	client  time.Duration
	servers serverCPU
}

// measureWrites compares ways of writing Secrets in short blocks, in a random order each round.
func measureWrites(ctx context.Context, s *stage, o options, r *report) (err error) {
	d, err := s.newDataset(ctx, writesSize)
	if err != nil {
		return err
	}
	defer d.clearLate(&err)
	ways, err := s.writeWays()
	if err != nil {
		return err
	}
	list, err := s.core.Secrets(d.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	blocks := make([][]writeBlock, len(ways))
	progress("%d rounds of %d writes in each of %d ways", o.repeats, writesBlock, len(ways))
	for round := range o.warmups + o.repeats {
		for _, way := range mathrand.Perm(len(ways)) {
			start := mathrand.IntN(len(list.Items) - writesBlock + 1)
			block, err := writeAll(ctx, s.servers, list.Items[start:start+writesBlock], ways[way])
			if err != nil {
				return fmt.Errorf("%s: %w", ways[way].name, err)
			}
			if round >= o.warmups {
				blocks[way] = append(blocks[way], block)
			}
		}
	}
	for i, way := range ways {
		r.Writes = append(r.Writes, writesOf(way.name, blocks[i], blocks[0]))
	}
	return nil
}

// writeAll gives each of the Secrets another value.
func writeAll(ctx context.Context, on servers, secrets []corev1.Secret, way writeWay) (writeBlock, error) {
	for i := range secrets {
		for name, old := range secrets[i].Data {
			secrets[i].Data[name] = otherCiphertext(len(old))
		}
	}
	before, err := on.cpu()
	if err != nil {
		return writeBlock{}, err
	}
	own, begin := ownCPU(), time.Now()
	err = withWriters(ctx, writesWriters, len(secrets), func(ctx context.Context, i int) error {
		version, err := way.write(ctx, &secrets[i])
		secrets[i].ResourceVersion = version
		return err
	})
	block := writeBlock{wall: time.Since(begin), client: ownCPU() - own}
	if err != nil {
		return block, err
	}
	after, err := on.cpu()
	block.servers = after.since(before)
	return block, err
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // it never fails
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func (b writeBlock) cpu() time.Duration { return b.client + b.servers.sum() }

// otherCiphertext is a text of that length which looks like a ciphertext.
func otherCiphertext(length int) []byte {
	random := make([]byte, length)
	_, _ = rand.Read(random) // it never fails
	text := base64.StdEncoding.EncodeToString(random)
	return []byte(("vault:v2:" + text)[:length])
}

// writes are the blocks in one way, beside those in the first way of the same round.
type writes struct {
	Way    string `json:"way"`
	Blocks int    `json:"blocks"`
	// Median CPU time of one write, in microseconds.
	Client    float64 `json:"clientMicroseconds"`
	APIServer float64 `json:"apiServerMicroseconds"`
	Etcd      float64 `json:"etcdMicroseconds"`
	// CPU and Wall say how many times as many writes a second the way has, by CPU time of all processes and by
	// the clock.
	CPU  interval `json:"cpu"`
	Wall interval `json:"wall"`
}

func writesOf(way string, of, to []writeBlock) writes {
	w := writes{Way: way, Blocks: len(of)}
	var client, apiServer, etcd, cpu, wall []float64
	for i, b := range of {
		client = append(client, microseconds(b.client))
		apiServer = append(apiServer, microseconds(b.servers.apiServer))
		etcd = append(etcd, microseconds(b.servers.etcd))
		cpu = append(cpu, float64(to[i].cpu())/float64(b.cpu()))
		wall = append(wall, float64(to[i].wall)/float64(b.wall))
	}
	w.Client, w.APIServer, w.Etcd = spreadOf(client).Median, spreadOf(apiServer).Median, spreadOf(etcd).Median
	w.CPU, w.Wall = medianInterval(cpu), medianInterval(wall)
	return w
}

func microseconds(d time.Duration) float64 {
	return float64(d) / writesBlock / float64(time.Microsecond)
}

// interval is a median with the interval that the median of all such runs is in, with 95 % confidence.
type interval struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// medianInterval takes the bounds from the order of the values, so that no distribution is assumed: half of all values
// are below the median, and how many of a sample are has a binomial distribution.
func medianInterval(values []float64) interval {
	sorted, n := slices.Sorted(slices.Values(values)), float64(len(values))
	half := 0.98 * math.Sqrt(n) // 1.96 standard deviations of sqrt(n)/2
	low, high := max(0, math.Floor(n/2-half)-1), min(n-1, math.Ceil(n/2+half))
	return interval{percentile(sorted, 50), sorted[int(low)], sorted[int(high)]}
}
