package netif

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// Netlink is the routes as the kernel has them.
type Netlink struct{}

// Addresses asks for one interface's.
func (Netlink) Addresses(name string) ([]netip.Prefix, error) {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return nil, err
	}
	list, err := netlink.AddrList(link, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	var found []netip.Prefix
	for _, a := range list {
		if a.IPNet == nil {
			continue
		}
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok {
			continue
		}
		ones, _ := a.Mask.Size()
		found = append(found, netip.PrefixFrom(ip.Unmap(), ones))
	}
	return found, nil
}

// Gateways asks for the default routes, the lowest metric first.
func (Netlink) Gateways() ([]netip.Addr, error) {
	var found []netip.Addr
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := netlink.RouteList(nil, family)
		if err != nil {
			return found, err
		}
		slices.SortStableFunc(routes, func(a, b netlink.Route) int { return cmp.Compare(a.Priority, b.Priority) })
		for _, r := range routes {
			if r.Dst != nil {
				if ones, _ := r.Dst.Mask.Size(); ones != 0 {
					continue
				}
			}
			if a, ok := netip.AddrFromSlice(r.Gw); ok && len(found) < maxAddresses {
				found = append(found, a.Unmap())
			}
		}
	}
	return found, nil
}
