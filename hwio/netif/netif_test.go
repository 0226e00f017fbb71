package netif

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

type routes struct {
	addresses map[string][]netip.Prefix
	gateways  []netip.Addr
	err       error
}

func (r routes) Addresses(name string) ([]netip.Prefix, error) { return r.addresses[name], r.err }
func (r routes) Gateways() ([]netip.Addr, error)               { return r.gateways, r.err }

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadSaysWhatAnInstallerLooksFor(t *testing.T) {
	root := tree(t, map[string]string{
		"sys/class/net/bonding_masters":      "\n",
		"sys/class/net/lo/type":              "772\n",
		"sys/class/net/lo/address":           "00:00:00:00:00:00\n",
		"sys/class/net/lo/carrier":           "1\n",
		"sys/class/net/lo/operstate":         "unknown\n",
		"sys/class/net/eth1/type":            "1\n",
		"sys/class/net/eth1/device/vendor":   "0x1af4\n",
		"sys/class/net/eth1/address":         "52:54:00:12:34:57\n",
		"sys/class/net/eth1/operstate":       "up\n",
		"sys/class/net/eth1/carrier":         "1\n",
		"sys/class/net/eth1/speed":           "1000\n",
		"sys/class/net/eth0/type":            "1\n",
		"sys/class/net/eth0/device/vendor":   "0x1af4\n",
		"sys/class/net/eth0/address":         "52:54:00:12:34:56\n",
		"sys/class/net/eth0/operstate":       "down\n",
		"sys/class/net/eth0/speed":           "-1\n",
		"sys/class/net/autocom20/type":       "1\n",
		"sys/class/net/autocom20/uevent":     "DEVTYPE=vlan\nINTERFACE=autocom20\n",
		"sys/class/net/br0/type":             "1\n",
		"sys/class/net/wlan0/type":           "1\n",
		"sys/class/net/wlan0/wireless/x":     "",
		"sys/class/net/wlan0/device/vendor":  "0x8086\n",
		"etc/resolv.conf":                    "# by networkd\nnameserver 192.168.1.1\nnameserver rubbish\noptions edns0\nnameserver fd00::1\n",
		"sys/class/net/autocom20/operstate":  "up\n",
		"sys/class/net/autocom20/address":    "52:54:00:12:34:57\n",
		"sys/class/net/autocom20/carrier":    "1\n",
		"sys/class/net/wlan0/operstate":      "dormant\n",
		"sys/class/net/br0/operstate":        "down\n",
		"sys/class/net/br0/bridge/ageing":    "",
		"sys/class/net/eth1/queues/rx-0/rps": "",
	})
	r := routes{
		addresses: map[string][]netip.Prefix{
			"eth1": {netip.MustParsePrefix("192.168.1.10/24"), netip.MustParsePrefix("fe80::1/64")},
			"lo":   {netip.MustParsePrefix("127.0.0.1/8")},
		},
		gateways: []netip.Addr{netip.MustParseAddr("192.168.1.1")},
	}
	s, err := Open(filepath.Join(root, "sys"), filepath.Join(root, "etc/resolv.conf"), r).Read()
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, i := range s.Interfaces {
		order = append(order, i.Name+" "+string(i.Kind))
	}
	if want := []string{"eth0 wired", "eth1 wired", "autocom20 vlan", "wlan0 wireless", "br0 virtual", "lo loopback"}; !slices.Equal(order, want) {
		t.Errorf("interfaces %v, want %v", order, want)
	}
	main, ok := s.Main()
	want := Interface{Name: "eth1", Kind: Wired, Up: true, Cable: true, Mbit: 1000, MAC: "52:54:00:12:34:57", Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.10/24")}}
	if !ok || !reflect.DeepEqual(main, want) {
		t.Errorf("main = %+v, want %+v: the one with the cable", main, want)
	}
	if off := s.Interfaces[0]; off.Up || off.Cable || off.Mbit != 0 {
		t.Errorf("a socket that is off: %+v", off)
	}
	if want := []netip.Addr{netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("fd00::1")}; !slices.Equal(s.DNS, want) {
		t.Errorf("DNS = %v", s.DNS)
	}
	if !slices.Equal(s.Gateways, r.gateways) {
		t.Errorf("gateways = %v", s.Gateways)
	}
}

func TestReadGivesWhatThereIsWithTheError(t *testing.T) {
	broken := errors.New("netlink is closed")
	root := tree(t, map[string]string{"sys/class/net/eth0/type": "1\n", "sys/class/net/eth0/device/x": ""})
	s, err := Open(filepath.Join(root, "sys"), filepath.Join(root, "absent"), routes{err: broken}).Read()
	if !errors.Is(err, broken) || len(s.Interfaces) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, ok := (State{}).Main(); ok {
		t.Error("a machine without sockets has a main one")
	}
}

// The kernel of any machine has a loopback with its address; reading it changes nothing.
func TestNetlinkReadsTheLoopback(t *testing.T) {
	got, err := Netlink{}.Addresses("lo")
	if err != nil || !slices.Contains(got, netip.MustParsePrefix("127.0.0.1/8")) {
		t.Errorf("lo has %v, %v", got, err)
	}
	if _, err := (Netlink{}).Gateways(); err != nil {
		t.Error(err)
	}
	if _, err := (Netlink{}).Addresses("nosuch0"); err == nil {
		t.Error("an interface that is not there has addresses")
	}
}

func FuzzServers(f *testing.F) {
	f.Add("nameserver 127.0.0.53\noptions edns0")
	f.Fuzz(func(t *testing.T, text string) {
		if got := servers(strings.NewReader(text)); len(got) > maxServers {
			t.Errorf("%d servers", len(got))
		}
	})
}
