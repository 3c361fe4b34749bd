package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

const gibibyte = 1 << 30

// availableMemory is how many bytes new processes may use, or 0 where the system does not say.
func availableMemory() int64 {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), "MemAvailable:"); found {
			var kibibytes int64
			_, _ = fmt.Sscan(text, &kibibytes) // 0 if the text is no number
			return kibibytes << 10
		}
	}
	return 0
}

// buildsAtOnce is how many modules are built at once. Each build runs as many compilers as there are processors.
func buildsAtOnce() int {
	if availableMemory()/gibibyte >= 4*int64(runtime.NumCPU()) {
		return 2
	}
	return 1
}

// compilerMemory lets compilers and linkers use memory that is there: to collect garbage takes a quarter of their time.
func compilerMemory() []string {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	each := availableMemory() / int64(2*buildsAtOnce()*runtime.NumCPU())
	if each < gibibyte { // a process that needs more than its limit would do nothing but collect
		return []string{"GOGC=200"}
	}
	return []string{"GOGC=off", fmt.Sprintf("GOMEMLIMIT=%d", each)}
}
