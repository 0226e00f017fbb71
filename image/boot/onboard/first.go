package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// Where the documents are.
const (
	factoryPath = "/etc/autocom/site.yaml"
	sitePath    = "/var/lib/autocom/site.yaml"
	placePath   = "/sys/firmware/qemu_fw_cfg/by_name/opt/autocom/place/raw"
	owner       = "autocom-core"
)

// portsPerCall is how many ports of sound a call takes: the site document's check asks for so many.
const portsPerCall = 4

// first gives a new box the factory's document. A box that has one keeps it.
func first() error {
	if _, err := os.Stat(sitePath); err == nil {
		return nil
	}
	text, err := os.ReadFile(factoryPath)
	if err != nil {
		return err
	}
	place, err := os.ReadFile(placePath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if text, err = placed(text, string(place)); err != nil {
		return err
	}
	uid, gid, err := account(owner)
	if err != nil {
		return err
	}
	tmp := sitePath + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chown(uid, gid), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, sitePath)
}

func account(name string) (uid, gid int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return uid, gid, errors.Join(err1, err2)
}

// placed writes into the factory's document what the virtual machine says of the network around it:
// "advertised=127.0.0.1 rtp=16384-16447 phones=10.0.2.0/24". It is for machines behind forwarded ports, which cannot know.
func placed(factory []byte, place string) ([]byte, error) {
	place = strings.Trim(place, " \n\x00")
	if place == "" {
		return factory, nil
	}
	if bytes.Contains(factory, []byte("\nnetwork:")) {
		return nil, errors.New("the factory's document has a network of its own: what the machine says would come twice")
	}
	out := bytes.NewBuffer(bytes.Clone(factory))
	fmt.Fprintln(out, "network:")
	for word := range strings.FieldsSeq(place) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "advertised":
			a, err := netip.ParseAddr(value)
			if err != nil {
				return nil, fmt.Errorf("advertised: %w", err)
			}
			fmt.Fprintf(out, "  advertised: %q\n", a)
		case "rtp":
			low, high, _ := strings.Cut(value, "-")
			from, err1 := strconv.ParseUint(low, 10, 16)
			to, err2 := strconv.ParseUint(high, 10, 16)
			if err := errors.Join(err1, err2); err != nil || from >= to {
				return nil, fmt.Errorf("rtp: %q is no range of ports", value)
			}
			fmt.Fprintf(out, "  rtp: {first: %d, last: %d}\n  max_calls: %d\n", from, to, max(1, (to-from+1)/portsPerCall))
		default:
			return nil, fmt.Errorf("the machine says %q: there are advertised and rtp", name)
		}
	}
	return out.Bytes(), nil
}
