package steward

import (
	"fmt"
	"strings"
)

// The files we own in systemd-networkd's folder. They come before the image's own (80-…), so they win.
const (
	networkFile = "10-autocom.network"
	netdevFile  = "10-autocom.netdev"
	taggedFile  = "11-autocom-tagged.network"
)

func ownFiles() []string { return []string{networkFile, netdevFile, taggedFile} }

const header = "# Written by the Autocom steward. A change by hand is lost with the next change of the network.\n"

// device is the name of the interface that carries a VLAN; a kernel's names are at most 15 bytes long.
func device(vlan int) string { return fmt.Sprintf("autocom%d", vlan) }

// render gives the files (systemd.network(5), systemd.netdev(5)) for one interface; a file that is not in the map must not exist.
func render(p parsed, socket string) map[string]string {
	if p.vlan == 0 {
		return map[string]string{networkFile: header + match(socket) + "\n" + layer3(p)}
	}
	tagged := device(p.vlan)
	return map[string]string{
		networkFile: header + match(socket) + "\n[Network]\nLinkLocalAddressing=no\nLLDP=yes\nVLAN=" + tagged + "\n",
		netdevFile:  header + "[NetDev]\nName=" + tagged + "\nKind=vlan\n\n[VLAN]\nId=" + fmt.Sprint(p.vlan) + "\n",
		taggedFile:  header + match(tagged) + "\n" + layer3(p),
	}
}

func match(name string) string { return "[Match]\nName=" + name + "\n" }

func layer3(p parsed) string {
	var b strings.Builder
	b.WriteString("[Network]\n")
	switch p.mode {
	case DHCP:
		b.WriteString("DHCP=ipv4\n")
	case Static:
		fmt.Fprintf(&b, "DHCP=no\nAddress=%s\n", p.address)
		if p.gateway.IsValid() {
			fmt.Fprintf(&b, "Gateway=%s\n", p.gateway)
		}
	}
	b.WriteString("IPv6AcceptRA=yes\n")
	for _, d := range p.dns {
		fmt.Fprintf(&b, "DNS=%s\n", d)
	}
	for _, n := range p.ntp {
		fmt.Fprintf(&b, "NTP=%s\n", n)
	}
	if p.mode == DHCP {
		fmt.Fprintf(&b, "\n[DHCPv4]\nUseDNS=%s\nUseNTP=%s\n", yes(len(p.dns) == 0), yes(len(p.ntp) == 0))
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
