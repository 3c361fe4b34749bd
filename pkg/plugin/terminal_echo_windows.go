package plugin

import "golang.org/x/sys/windows"

// echoOff lets a console show nothing of what is typed until restore is called. (That of moby/term ends the process at
// Ctrl-C, with nothing revoked.)
func echoOff(fd int) (restore func() error, err error) {
	console := windows.Handle(fd)
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return nil, err
	}
	return func() error { return windows.SetConsoleMode(console, before) },
		windows.SetConsoleMode(console, before&^windows.ENABLE_ECHO_INPUT)
}
