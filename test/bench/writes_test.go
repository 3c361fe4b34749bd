package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestMedianInterval: of many samples, 95 in 100 intervals hold the median of what they are taken from.
func TestMedianInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	hold := 0
	const samples = 2000
	for range samples {
		values := make([]float64, 40)
		for i := range values {
			values[i] = random.ExpFloat64()
		}
		if is := medianInterval(values); is.Low <= 0.6931 && 0.6931 <= is.High {
			hold++
		}
	}
	if share := float64(hold) / samples; share < 0.95 || share > 0.985 {
		t.Errorf("%g of the intervals hold the median", share)
	}
	if is := medianInterval([]float64{7}); is != (interval{7, 7, 7}) {
		t.Errorf("the interval of a single value is %v", is)
	}
}

func TestWritesAreComparedByRound(t *testing.T) {
	block := func(client, server time.Duration) writeBlock {
		return writeBlock{wall: client + server, client: client, servers: serverCPU{apiServer: server}}
	}
	of := []writeBlock{block(10, 40), block(20, 30), block(10, 40)}
	to := []writeBlock{block(20, 80), block(20, 80), block(20, 80)}
	if w := writesOf("strategic", of, to); w.CPU.Median != 2 || w.Wall.Median != 2 || w.Blocks != 3 {
		t.Errorf("%+v", w)
	}
}

func TestCompareRatesByCPU(t *testing.T) {
	of := series{command{Name: "a"}, []sample{{cpu: 10, servers: 40}}}
	to := series{command{Name: "b"}, []sample{{cpu: 20, servers: 40}}}
	if v := compareRatesByCPU(of, to); v.Measured != 1.2 || v.Rounds.Median != 1.2 || v.Target != "a / b" {
		t.Errorf("%+v", v)
	}
}
