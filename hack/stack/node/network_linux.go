package node

import (
	"fmt"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setUpNetwork makes the loopback device, on which the API server listens, and the pods'
// bridge. No other network can be reached.
func setUpNetwork() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(socket) }()
	if err := addBridge(socket, bridge); err != nil {
		return fmt.Errorf("create bridge %s: %w: the kernel needs bridge and veth", bridge, err)
	}
	if err := keepHardwareAddress(socket, bridge); err != nil {
		return fmt.Errorf("keep the hardware address of %s: %w", bridge, err)
	}
	for _, device := range []struct{ name, address, mask string }{
		{"lo", "127.0.0.1", "255.0.0.0"},
		{"lo:1", APIAddress, "255.255.255.255"},
		{bridge, BridgeAddress, "255.255.255.0"},
	} {
		if err := setAddress(socket, device.name, device.address, device.mask); err != nil {
			return fmt.Errorf("give %s the address %s: %w", device.name, device.address, err)
		}
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
}

func addBridge(socket int, name string) error {
	var text [unix.IFNAMSIZ]byte
	copy(text[:], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCBRADDBR, uintptr(unsafe.Pointer(&text)))
	if errno != 0 {
		return errno
	}
	return nil
}

// keepHardwareAddress sets the address that a bridge has. Otherwise it takes another one whenever pods come and go, and
// packets of the other pods are lost until they notice, which takes half a minute.
func keepHardwareAddress(socket int, name string) error {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFHWADDR, request); err != nil {
		return err
	}
	return unix.IoctlIfreq(socket, unix.SIOCSIFHWADDR, request)
}

// setAddress gives a device an address and takes it up.
func setAddress(socket int, device, address, mask string) error {
	for _, set := range []struct {
		request uint
		value   string
	}{{unix.SIOCSIFADDR, address}, {unix.SIOCSIFNETMASK, mask}} {
		request, err := unix.NewIfreq(device)
		if err != nil {
			return err
		}
		if err := request.SetInet4Addr(netip.MustParseAddr(set.value).AsSlice()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(socket, set.request, request); err != nil {
			return err
		}
	}
	request, err := unix.NewIfreq(device)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}
