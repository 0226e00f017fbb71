//go:build interop

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/ua"
)

// guarded is a branch whose phones are in 127.0.0.8 to 127.0.0.15, and with phones outside it in 127.0.0.64/26. Anybody else is a stranger.
func guarded(t *testing.T, extensions int) *office {
	t.Helper()
	return cabinet(t, extensions, func(b *branch.Branch) {
		b.Inside, b.Network = "127.0.0.8/29", []string{"remote: [127.0.0.64/26]"}
	})
}

const (
	stranger = "127.0.0.32" // let in by nothing
	remote   = "127.0.0.70" // and on: where phones outside the branch may be
)

// disguised is a name that sipvicious takes, so as not to be known by its own.
const disguised = "Yealink SIP-T46S 66.84.0.15"

// attack runs one of sipvicious's tools for a while and gives what it found.
func (o *office) attack(tool, name, from string, args ...string) string {
	args = append(args, "-p", strconv.Itoa(int(o.SIP.Port())), o.SIP.Addr().String())
	c, err := peers.Sipvicious(o.t.TempDir(), tool, name, netip.MustParseAddr(from), args...)
	if err != nil {
		return err.Error()
	}
	defer c.Stop()
	ctx, cancel := context.WithTimeout(o.ctx, 8*time.Second)
	defer cancel()
	_ = c.Wait(ctx) // one that does not give up is stopped
	return c.Said()
}

type ban struct {
	Address string `json:"address"`
	Reason  string `json:"reason"`
	Times   int    `json:"times"`
}

func (o *office) bans() (all []ban) {
	o.t.Helper()
	a := o.box.Do(o.ctx, "bans", "list", "--json")
	if err := json.Unmarshal([]byte(a.Out), &all); err != nil || a.Code != 0 {
		o.t.Fatalf("%v: %+v", err, a)
	}
	return all
}

// svmap, which looks for telephone systems, finds none: not from an address that is not let in, and not by its own name from one that is. Under
// another name it hears what any request without a password hears.
func TestInteropScannersFindNothing_RFC3261_26_1(t *testing.T) {
	t.Parallel()
	o := guarded(t, 1)
	var all sync.WaitGroup
	for _, c := range []struct{ name, from, method string }{
		{"", stranger, "OPTIONS"},
		{disguised, "127.0.0.33", "OPTIONS"},
		{disguised, "127.0.0.34", "REGISTER"},
		{disguised, "127.0.0.35", "INVITE"},
		{"", remote, "OPTIONS"},
	} {
		all.Go(func() {
			if said := o.attack("svmap", c.name, c.from, "-m", c.method); !strings.Contains(said, "found nothing") {
				t.Errorf("svmap as %q, %s from %s:\n%s", c.name, c.method, c.from, said)
			}
		})
	}
	all.Go(func() {
		if said := o.attack("svmap", disguised, "127.0.0.71", "--fromname=Poste"); !strings.Contains(said, o.SIP.String()) || strings.Contains(strings.ToLower(said), "autocom") {
			t.Errorf("disguised svmap is told what the box is, or nothing at all:\n%s", said)
		}
	})
	all.Wait()
	if all := o.bans(); len(all) != 1 || all[0].Address != remote || all[0].Reason != "a tool of attackers" {
		t.Errorf("banned: %+v", all)
	}
}

// svwar, which looks for extensions, cannot tell those that are there from those that are not, by any method.
func TestInteropExtensionsCannotBeTold_RFC3261_26_1(t *testing.T) {
	t.Parallel()
	o := guarded(t, 2)
	o.apparatus(desk(0), ua.Config{})
	var all sync.WaitGroup
	for i, method := range []string{"REGISTER", "INVITE", "OPTIONS"} {
		from := fmt.Sprintf("127.0.0.%d", 72+i)
		all.Go(func() {
			if said := o.attack("svwar", disguised, from, "-m", method, "-e", "298-305"); strings.Contains(said, "| "+desk(0)) {
				t.Errorf("%s:\n%s", method, said)
			}
			said := o.attack("svwar", disguised, from, "-m", method, "-e", "298-305", "--force")
			found := map[string][]string{}
			for line := range strings.Lines(said) {
				if f := strings.Split(line, "|"); len(f) > 3 && len(strings.TrimSpace(f[1])) == 3 {
					kind := strings.TrimSpace(f[2])
					found[kind] = append(found[kind], strings.TrimSpace(f[1]))
				}
			}
			if len(found) == 0 && !strings.Contains(said, "401 Unauthorized") {
				t.Errorf("%s: svwar was not even asked for a password:\n%s", method, said)
			}
			for kind, list := range found {
				if len(list) != 8 {
					t.Errorf("%s: extensions are told apart: %q are %s\n%s", method, list, kind, said)
				}
			}
		})
	}
	all.Wait()
	if all := o.bans(); len(all) != 0 {
		t.Errorf("banned: %+v", all)
	}
}

// svcrack, which guesses passwords, is shut out before it gets to the right one; that is shown, and undone by a command.
func TestInteropGuessersAreBanned_RFC3261_26_3(t *testing.T) {
	t.Parallel()
	o := guarded(t, 2)
	const from = "127.0.0.80"
	p, _ := o.Phone(desk(0))
	words := ""
	for i := range 60 {
		words += fmt.Sprintf("password%d\n", i)
	}
	dictionary := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(dictionary, []byte(words+p.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// It takes itself for a phone that knows no SHA-256, which svcrack does not either.
	said := o.attack("svcrack", "baresip v1.0.0 (x86_64/linux)", from, "-u", desk(0), "-d", dictionary, "--maximumtime=3")
	if strings.Contains(said, p.Secret) {
		t.Errorf("svcrack found the password:\n%s", said)
	}
	if all := o.bans(); len(all) != 1 || all[0] != (ban{from, "wrong passwords", 1}) {
		t.Fatalf("banned: %+v\n%s", all, said)
	}
	phone, err := ua.Listen(ua.Config{Listen: netip.MustParseAddrPort(from + ":0"), Box: o.SIP})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = phone.Close() }()
	shortly, cancel := context.WithTimeout(o.ctx, time.Second)
	defer cancel()
	if _, err := phone.Register(shortly, ua.Account{User: desk(0), Secret: p.Secret}, 60); err == nil {
		t.Error("who is banned is heard")
	}
	if a := o.box.Do(o.ctx, "bans", "remove", from); a.Code != 0 {
		t.Errorf("%+v", a)
	}
	if all := o.bans(); len(all) != 0 {
		t.Errorf("still banned: %+v", all)
	}
	if _, err := phone.Register(o.ctx, ua.Account{User: desk(0), Secret: p.Secret}, 60); err != nil {
		t.Errorf("who was let in again: %v", err)
	}
}
