package sim

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/site"
)

// ReadSite reads and checks a site document.
func ReadSite(path string) (site.Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return site.Document{}, err
	}
	doc, problems := site.Parse(text)
	if len(problems) == 0 {
		problems = site.Check(doc)
	}
	var bad []error
	for _, p := range problems {
		bad = append(bad, errors.New(p.String()))
	}
	return doc, errors.Join(bad...)
}

// Setting is the world a story asks for; sites is the directory of site documents.
func (s *Story) Setting(sites string) (Setting, error) {
	set := Setting{Seed: 1, Sites: sites, Phones: map[string]int{}, Wrong: map[string]bool{}}
	for _, l := range s.Head {
		if err := s.head(&set, l, sites); err != nil {
			return set, fmt.Errorf("%s:%d: %w", s.Name, l.n, err)
		}
	}
	if set.Site.Version == 0 {
		return set, fmt.Errorf("%s: a story says its site", s.Name)
	}
	for _, number := range slices.Concat(slices.Sorted(maps.Keys(set.Phones)), slices.Sorted(maps.Keys(set.Wrong))) {
		if !slices.ContainsFunc(set.Site.Extensions, func(x site.Extension) bool { return x.Number == number }) {
			return set, fmt.Errorf("%s: there is no extension %s", s.Name, number)
		}
	}
	return set, nil
}

func (s *Story) head(set *Setting, l sentence, sites string) (err error) {
	words := strings.Fields(l.text)
	switch {
	case l.verb == "site" && len(words) == 1:
		set.Site, err = ReadSite(filepath.Join(sites, words[0]+".yaml"))
	case l.verb == "media" && l.text == "none":
		set.Silent = true
	case l.verb == "facts" && l.text == "through the journal":
		set.Journal = true
	case l.verb == "box" && l.text == "remembers":
		set.Keeps = true
	case l.verb == "clock" && len(words) == 2 && words[0] == "shows":
		return clockShows(set, words[1])
	case l.verb == "seed" && len(words) == 1:
		set.Seed, err = strconv.ParseUint(words[0], 10, 64)
	case l.verb == "wire" && len(words) == 2:
		return wire(set, words[0], words[1])
	case l.text == "has no phone":
		set.Phones[l.verb] = 0
	case l.text == "has a wrong password":
		set.Wrong[l.verb] = true
	case len(words) == 3 && words[0] == "has" && words[2] == "servers":
		return set.serve(l.verb, words[1])
	case len(words) == 3 && words[0] == "has" && words[2] == "phones":
		set.Phones[l.verb], err = strconv.Atoi(words[1])
	default:
		return fmt.Errorf("%q is nothing a branch is made of", l.verb+" "+l.text)
	}
	return err
}

func wire(set *Setting, what, much string) (err error) {
	switch what {
	case "loses":
		set.Wire.Loss, err = percent(much)
	case "duplicates":
		set.Wire.Duplicate, err = percent(much)
	case "reorders":
		set.Wire.Reorder, err = percent(much)
	case "delays":
		set.Wire.Delay, err = time.ParseDuration(much)
	case "jitters":
		set.Wire.Jitter, err = time.ParseDuration(much)
	default:
		return fmt.Errorf("a wire loses, duplicates, reorders, delays or jitters, it does not %q", what)
	}
	return err
}

// serve puts a carrier behind a name that leads to some servers: the one it has in the document, and those after it.
func (set *Setting) serve(carrier, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 8 {
		return fmt.Errorf("%q is no number of servers", count)
	}
	for i := range set.Site.Trunks {
		t := &set.Site.Trunks[i]
		if t.Name != carrier {
			continue
		}
		first, err := netip.ParseAddrPort(t.Address)
		if err != nil {
			return err
		}
		t.Address = carrier + ".example"
		if set.Servers == nil {
			set.Servers = map[string][]netip.AddrPort{}
		}
		for at := first.Addr(); n > 0; n, at = n-1, at.Next() {
			set.Servers[t.Address] = append(set.Servers[t.Address], netip.AddrPortFrom(at, first.Port()))
			t.Sources = append(t.Sources, at.String())
		}
		return nil
	}
	return fmt.Errorf("no trunk %s", carrier)
}
