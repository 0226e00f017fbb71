package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// The files of the link. Each is written whole, under another name first, and synced.
const (
	fileIdentity = "identity.json" // who the box is, its key and certificate: one file, so that they always fit together
	fileApply    = "apply.json"
	fileSent     = "sent.json"
	fileClock    = "clock.json"
)

// folder is the directory of the link, readable by the box alone.
type folder string

// identity is what enrolment and renewal gave the box.
type identity struct {
	Server      string            `json:"server"` // https://host[:port]
	Device      string            `json:"device"`
	Tenant      string            `json:"tenant"`
	TenantName  string            `json:"tenant_name"`
	Site        string            `json:"site"`
	SiteName    string            `json:"site_name"`
	Key         []byte            `json:"key"`         // PKCS #8
	Certificate []byte            `json:"certificate"` // DER
	Roots       [][]byte          `json:"roots"`
	Keys        []wire.TrustedKey `json:"keys"`
	Stream      string            `json:"stream"`
	From        fact.Address      `json:"from"` // the last fact before it belonged there
}

// sent is what the box remembers of sending.
type sent struct {
	Tenant string       `json:"tenant"` // to whom
	Upto   fact.Address `json:"upto"`   // nothing after it was ever sent
	Floor  fact.Address `json:"floor"`  // nothing up to it is for this tenant
	Raised uint32       `json:"raised"` // the epoch that was asked for, until the journal is there
	Since  fact.Address `json:"since"`  // facts after it, up to Acked, have numbers that are other facts' in the cloud
	Acked  fact.Address `json:"acked"`
}

// applied is the machine with what waits to be told.
type applied struct {
	Machine apply.Machine `json:"machine"`
	Reports []wire.Report `json:"reports,omitempty"`
	Tag     string        `json:"tag,omitempty"`    // ETag of the envelope that was dealt with last
	Device  string        `json:"device,omitempty"` // as which the box dealt with documents last
	Told    string        `json:"told,omitempty"`   // device and name of the box's own document that the console knows
}

type stamped struct {
	Floor time.Time `json:"floor"`
}

// errNotThere is about a file that was never written.
var errNotThere = fs.ErrNotExist

func (d folder) read(name string, into any) error {
	raw, err := os.ReadFile(filepath.Join(string(d), name))
	if err != nil {
		return fmt.Errorf("read the link's %s: %w", name, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the link's %s is damaged: %w", name, err)
	}
	return nil
}

// readIfThere leaves into as it is when the file was never written.
func (d folder) readIfThere(name string, into any) error {
	if err := d.read(name, into); err != nil && !errors.Is(err, errNotThere) {
		return err
	}
	return nil
}

func (d folder) write(name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the link's %s: %w", name, err)
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("write the link's %s: %w", name, err)
	}
	path := filepath.Join(string(d), name)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the link's %s: %w", name, err)
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = d.sync()
	}
	if err != nil {
		return fmt.Errorf("write the link's %s: %w", name, err)
	}
	return nil
}

func (d folder) remove(name string) error {
	err := os.Remove(filepath.Join(string(d), name))
	if errors.Is(err, errNotThere) {
		return nil
	}
	if err == nil {
		err = d.sync()
	}
	if err != nil {
		return fmt.Errorf("remove the link's %s: %w", name, err)
	}
	return nil
}

// sync makes a rename last.
func (d folder) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
