package steward

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func static(address, gateway string) Settings {
	return Settings{Mode: Static, Address: address, Gateway: gateway}
}

func TestCheckNamesEveryMistake(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		want []string // "path code"
	}{
		{Settings{Mode: DHCP}, nil},
		{Settings{Mode: DHCP, DNS: []string{"9.9.9.9", "fd00::1"}, NTP: []string{"pool.ntp.org", "192.168.1.1"}, VLAN: 4094}, nil},
		{static("192.168.1.10/24", "192.168.1.1"), nil},
		{static("192.168.1.10/24", ""), nil},
		{static("10.0.0.1/30", "10.0.0.2"), nil},
		{static("10.1.255.255/8", "10.0.0.1"), nil},
		{Settings{}, []string{"mode mode"}},
		{Settings{Mode: "magic"}, []string{"mode mode"}},
		{Settings{Mode: DHCP, Address: "192.168.1.10/24", Gateway: "192.168.1.1"}, []string{"address dhcp.address", "gateway dhcp.gateway"}},
		{static("", "192.168.1.1"), []string{"address address.missing"}},
		{static("192.168.1.10", ""), []string{"address address.length"}},
		{static("192.168.1.256/24", "192.168.1.1"), []string{"address address.form"}},
		{static("192.168.1.10/33", ""), []string{"address address.form"}},
		{static("192.168.1.010/24", ""), []string{"address address.form"}},
		{static("fd00::10/64", ""), []string{"address address.six"}},
		{static("192.168.1.10/31", "192.168.1.11"), []string{"address address.narrow"}},
		{static("192.168.1.10/32", ""), []string{"address address.narrow"}},
		{static("10.0.0.1/7", ""), []string{"address address.wide"}},
		{static("224.0.0.5/24", ""), []string{"address address.multicast"}},
		{static("127.0.0.1/8", ""), []string{"address address.kind"}},
		{static("0.1.2.3/8", ""), []string{"address address.kind"}},
		{static("169.254.3.4/16", ""), []string{"address address.kind"}},
		{static("250.1.2.3/24", ""), []string{"address address.kind"}},
		{static("192.168.1.0/24", ""), []string{"address address.network"}},
		{static("192.168.1.255/24", ""), []string{"address address.broadcast"}},
		{static("10.0.3.255/22", ""), []string{"address address.broadcast"}},
		{static("192.168.1.10/24", "192.168.2.1"), []string{"gateway gateway.outside"}},
		{static("192.168.1.10/24", "192.168.1.10"), []string{"gateway gateway.self"}},
		{static("192.168.1.10/24", "192.168.1.0"), []string{"gateway gateway.edge"}},
		{static("192.168.1.10/24", "192.168.1.255"), []string{"gateway gateway.edge"}},
		{static("192.168.1.10/24", "fd00::1"), []string{"gateway gateway.six"}},
		{static("192.168.1.10/24", "router"), []string{"gateway gateway.form"}},
		{Settings{Mode: DHCP, DNS: []string{"fe80::1%eth0\nDHCP=no", "224.0.0.1", "0.0.0.0"}}, []string{"dns[0] dns.form", "dns[1] dns.kind", "dns[2] dns.kind"}},
		{Settings{Mode: DHCP, DNS: []string{"1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"}}, []string{"dns dns.many"}},
		{Settings{Mode: DHCP, VLAN: -1}, []string{"vlan vlan"}},
		{Settings{Mode: DHCP, VLAN: 4095}, []string{"vlan vlan"}},
		{Settings{Mode: DHCP, NTP: []string{"pool.ntp.org\nDNS=6.6.6.6", "", "-x", "192.168.1"}}, []string{"ntp[0] ntp.form", "ntp[1] ntp.form", "ntp[2] ntp.form", "ntp[3] ntp.form"}},
		{Settings{Mode: DHCP, NTP: make([]string, 5)}, []string{"ntp ntp.many", "ntp[0] ntp.form", "ntp[1] ntp.form", "ntp[2] ntp.form", "ntp[3] ntp.form"}},
	} {
		var got []string
		for _, p := range c.s.Check() {
			got = append(got, p.Path+" "+p.Code)
			for _, language := range []string{"en", "fr"} {
				if sentence, remedy := p.Words(language); sentence == p.Code || remedy == "" || (strings.Contains(sentence, "%") && !strings.Contains(p.Value, "%")) || strings.ContainsAny(sentence, "\n\x1b") {
					t.Errorf("%s in %s: %q, %q", p.Code, language, sentence, remedy)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.s, got, c.want)
		}
	}
}

func TestBroadcast(t *testing.T) {
	for in, want := range map[string]string{"10.1.2.3/8": "10.255.255.255", "10.1.2.3/22": "10.1.3.255", "10.1.2.3/24": "10.1.2.255", "10.1.2.5/30": "10.1.2.7"} {
		if got := broadcast(netip.MustParsePrefix(in)); got.String() != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		want map[string]string
	}{
		{Settings{Mode: DHCP}, map[string]string{
			networkFile: header + "[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\n\n[DHCPv4]\nUseDNS=yes\nUseNTP=yes\n",
		}},
		{
			Settings{Mode: Static, Address: "192.168.1.10/24", Gateway: "192.168.1.1", DNS: []string{"192.168.1.1"}, NTP: []string{"pool.ntp.org"}, VLAN: 20},
			map[string]string{
				networkFile: header + "[Match]\nName=eth0\n\n[Network]\nLinkLocalAddressing=no\nLLDP=yes\nVLAN=autocom20\n",
				netdevFile:  header + "[NetDev]\nName=autocom20\nKind=vlan\n\n[VLAN]\nId=20\n",
				taggedFile:  header + "[Match]\nName=autocom20\n\n[Network]\nDHCP=no\nAddress=192.168.1.10/24\nGateway=192.168.1.1\nIPv6AcceptRA=yes\nDNS=192.168.1.1\nNTP=pool.ntp.org\n",
			},
		},
	} {
		p, problems := c.s.parse()
		if problems != nil {
			t.Fatal(problems)
		}
		if got := render(p, "eth0"); !maps.Equal(got, c.want) {
			t.Errorf("%+v:\n%v\nwant\n%v", c.s, got, c.want)
		}
	}
	if len(device(4094)) > 15 {
		t.Error("the kernel does not take such a name")
	}
}

// What passes Check adds no line of its own to networkd's files, whatever was typed.
func FuzzSettings(f *testing.F) {
	f.Add("static", "192.168.1.10/24", "192.168.1.1", "9.9.9.9", 20, "pool.ntp.org")
	f.Add("dhcp", "", "", "fe80::1%a\nb", 0, "x\ny")
	f.Fuzz(func(t *testing.T, mode, address, gateway, dns string, vlan int, ntp string) {
		p, problems := Settings{Mode: Mode(mode), Address: address, Gateway: gateway, DNS: []string{dns}, VLAN: vlan, NTP: []string{ntp}}.parse()
		for _, found := range problems {
			if found.Sentence == "" || strings.ContainsAny(found.Sentence, "\n\r\x1b") {
				t.Errorf("%q", found.Sentence)
			}
		}
		if problems != nil {
			return
		}
		plain := parsed{mode: p.mode, vlan: p.vlan, address: netip.MustParsePrefix("10.0.0.2/24"), dns: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, ntp: []string{"a"}}
		if p.gateway.IsValid() {
			plain.gateway = netip.MustParseAddr("10.0.0.1")
		}
		got, want := render(p, "eth0"), render(plain, "eth0")
		for name := range want {
			if strings.Count(got[name], "\n") != strings.Count(want[name], "\n") {
				t.Errorf("%s of %+v:\n%s", name, p, got[name])
			}
		}
	})
}
