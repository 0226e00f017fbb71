package sipedge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"

	"autocom/appliance/sipedge/stack"
)

// maxBanFile bounds the file of bans that is read back, in bytes.
const maxBanFile = 2 << 20

// banFile is where bans are remembered: beside the phones.
func (e *Edge) banFile() string { return e.cfg.Bindings + ".bans" }

// loadBans takes back who was shut out: a restart of the core is no pardon.
func (e *Edge) loadBans() {
	if e.cfg.Bindings == "" {
		return
	}
	list, err := readBans(e.banFile())
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.log.Warn("bans are not remembered", "error", err)
		}
		return
	}
	e.stack.RestoreBans(list)
}

func readBans(path string) ([]stack.Ban, error) {
	data, err := recall(path, maxBanFile)
	if err != nil {
		return nil, err
	}
	var list []stack.Ban
	return list, json.Unmarshal(data, &list)
}

// Pardon lets an address in again and forgets all that was held against it. It reports whether there was a ban.
func (e *Edge) Pardon(a netip.Addr) bool {
	e.guard.Pardon(a.Unmap())
	return e.stack.Unban(a)
}

// saveBans writes the bans down. Most of the time there is none, and then there is no file.
func (e *Edge) saveBans() error {
	if e.cfg.Bindings == "" {
		return nil
	}
	list := e.stack.BanRecord()
	if len(list) == 0 {
		err := os.Remove(e.banFile())
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	}
	data, err := json.Marshal(list)
	if err == nil {
		err = replace(e.banFile(), data)
	}
	if err != nil {
		return fmt.Errorf("sipedge: bans: %w", err)
	}
	return nil
}
