//go:build !linux

package delivery

import "os"

func openOwnBinary() (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
