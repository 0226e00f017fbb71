package netif

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"autocom/hwio/sysfs"
)

// Kind is what sort of interface one is.
type Kind string

// The kinds.
const (
	Wired    Kind = "wired"
	Wireless Kind = "wireless"
	VLAN     Kind = "vlan"
	Virtual  Kind = "virtual" // bridges, tunnels, containers
	Loopback Kind = "loopback"
)

// Interface is one network socket.
type Interface struct {
	Name      string         `json:"name"` // "eth0"
	Kind      Kind           `json:"kind"`
	Up        bool           `json:"up"`             // switched on by the system
	Cable     bool           `json:"cable"`          // something answers at the other end
	Mbit      int            `json:"mbit,omitempty"` // 0: unknown
	MAC       string         `json:"mac,omitempty"`
	Addresses []netip.Prefix `json:"addresses,omitempty"` // without link-local ones
}

// State is the box's network at one moment.
type State struct {
	Interfaces []Interface  `json:"interfaces"` // wired ones first, then by name
	Gateways   []netip.Addr `json:"gateways,omitempty"`
	DNS        []netip.Addr `json:"dns,omitempty"`
}

// Main is the interface the box is reached by: the first wired one with a cable, or else the first wired one.
func (s State) Main() (Interface, bool) {
	var first Interface
	found := false
	for _, i := range s.Interfaces {
		if i.Kind != Wired {
			continue
		}
		if i.Cable {
			return i, true
		}
		if !found {
			first, found = i, true
		}
	}
	return first, found
}

// Network reads the state, on any goroutine; it does not wait for the network.
type Network interface {
	Read() (State, error)
}

// Routes is what files do not say: addresses and default gateways. The kernel's netlink is behind it, or a test.
type Routes interface {
	// Addresses are those of one interface.
	Addresses(name string) ([]netip.Prefix, error)
	// Gateways are the default ones, the preferred first.
	Gateways() ([]netip.Addr, error)
}

// Limits of what is read.
const (
	maxInterfaces = 64
	maxAddresses  = 32
	maxServers    = 8
)

// Kernel is the network of the machine we run on.
type Kernel struct {
	sys, resolv string
	routes      Routes
}

// Open looks under sys, "/sys" on a real machine, and at the resolver's file, "/etc/resolv.conf". A nil routes asks the kernel.
func Open(sys, resolv string, routes Routes) *Kernel {
	if routes == nil {
		routes = Netlink{}
	}
	return &Kernel{sys, resolv, routes}
}

// Read looks at everything. What could be read is given also with an error.
func (k *Kernel) Read() (State, error) {
	var s State
	var errs []error
	entries, err := os.ReadDir(filepath.Join(k.sys, "class", "net"))
	if err != nil {
		errs = append(errs, fmt.Errorf("network: %w", err))
	}
	for _, e := range entries {
		if len(s.Interfaces) == maxInterfaces {
			break
		}
		i, ok := k.socket(e.Name())
		if !ok {
			continue
		}
		addresses, err := k.routes.Addresses(i.Name)
		if err != nil {
			errs = append(errs, fmt.Errorf("addresses of %s: %w", i.Name, err))
		}
		for _, a := range addresses {
			if !a.Addr().IsLinkLocalUnicast() && len(i.Addresses) < maxAddresses {
				i.Addresses = append(i.Addresses, a)
			}
		}
		s.Interfaces = append(s.Interfaces, i)
	}
	slices.SortFunc(s.Interfaces, func(a, b Interface) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), strings.Compare(a.Name, b.Name))
	})
	if s.Gateways, err = k.routes.Gateways(); err != nil {
		errs = append(errs, fmt.Errorf("default gateway: %w", err))
	}
	f, err := os.Open(k.resolv)
	if err == nil {
		s.DNS = servers(f)
		err = f.Close()
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, fmt.Errorf("name servers: %w", err))
	}
	return s, errors.Join(errs...)
}

func rank(k Kind) int {
	return slices.Index([]Kind{Wired, VLAN, Wireless, Virtual, Loopback}, k)
}

// socket reads one folder of /sys/class/net; false for what is no interface, such as the file bonding_masters.
func (k *Kernel) socket(name string) (Interface, bool) {
	dir := filepath.Join(k.sys, "class", "net", name)
	i := Interface{Name: name}
	sort, err := sysfs.Number(filepath.Join(dir, "type"))
	if err != nil {
		return i, false
	}
	there := func(file string) bool {
		_, err := os.Stat(filepath.Join(dir, file))
		return err == nil
	}
	switch uevent := k.word(dir, "uevent"); {
	case sort == 772: // ARPHRD_LOOPBACK
		i.Kind = Loopback
	case strings.Contains(uevent, "DEVTYPE=vlan"):
		i.Kind = VLAN
	case there("wireless"), strings.Contains(uevent, "DEVTYPE=wlan"):
		i.Kind = Wireless
	case sort == 1 && there("device"): // ARPHRD_ETHER on a bus
		i.Kind = Wired
	default:
		i.Kind = Virtual
	}
	// operstate is "unknown" for drivers that do not tell; a socket that is switched off cannot be asked for its cable.
	i.Up = k.word(dir, "operstate") != "down"
	if n, err := sysfs.Number(filepath.Join(dir, "carrier")); err == nil {
		i.Cable, i.Up = n == 1, true
	}
	if n, err := sysfs.Number(filepath.Join(dir, "speed")); err == nil && n > 0 && n < 1_000_000 {
		i.Mbit = int(n)
	}
	if mac := k.word(dir, "address"); mac != "00:00:00:00:00:00" {
		i.MAC = mac
	}
	return i, true
}

// word is a file's line, empty when it is not to be had.
func (k *Kernel) word(dir, file string) string {
	w, err := sysfs.Word(filepath.Join(dir, file))
	if err != nil {
		return ""
	}
	return w
}

// servers reads the name servers of a resolv.conf.
func servers(r io.Reader) []netip.Addr {
	var found []netip.Addr
	lines := bufio.NewScanner(io.LimitReader(r, 64<<10))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" || len(found) == maxServers {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil {
			found = append(found, a)
		}
	}
	return found
}

// Fake is a network for tests.
type Fake struct {
	State State
	Err   error
}

// Read gives what the test put there.
func (f *Fake) Read() (State, error) { return f.State, f.Err }
