package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// A server may write an audit line after it has answered: a log that has not grown
// for settleTime is taken for complete.
const (
	settleTime    = 250 * time.Millisecond
	settleTimeout = 10 * time.Second
)

// auditLog is a growing file of JSON lines.
type auditLog struct {
	path   string
	offset int64 // up to here it has been read
}

// skip passes over what has been written so far.
func (l *auditLog) skip(ctx context.Context) error {
	size, err := l.settle(ctx)
	if err == nil {
		l.offset = size
	}
	return err
}

// each hands out the lines that have been written since it or skip was called last.
// A line is valid during the call only: a log can be larger than memory.
func (l *auditLog) each(ctx context.Context, yield func(line []byte) error) error {
	size, err := l.settle(ctx)
	if err != nil {
		return err
	}
	if size < l.offset {
		return fmt.Errorf("audit log %s was replaced", l.path)
	}
	file, err := os.Open(l.path)
	if err != nil {
		return err
	}
	defer file.Close()
	added := io.NewSectionReader(file, l.offset, size-l.offset)
	l.offset = size
	return eachLine(added, yield)
}

// settle returns the size of the log once it has stopped growing.
func (l *auditLog) settle(ctx context.Context) (int64, error) {
	deadline := time.Now().Add(settleTimeout)
	for size := int64(-1); ; {
		info, err := os.Stat(l.path)
		switch {
		case err != nil:
			return 0, err
		case info.Size() == size:
			return size, nil
		case time.Now().After(deadline):
			return 0, fmt.Errorf("audit log %s does not stop growing: something else uses the stack", l.path)
		}
		size = info.Size()
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// longestLine bounds a line, in bytes: that of a page of Secrets has some megabytes.
const longestLine = 1 << 30

func eachLine(r io.Reader, yield func(line []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<20), longestLine)
	for lines.Scan() {
		if err := yield(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}
