package appliance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"autocom/appliance/sipedge"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/stack/certs"
	"autocom/appliance/site"
)

// listen opens every place where SIP is spoken. Without UDP there is no box; what else cannot be opened is told, and the box goes on.
func (c *core) listen(edge *sipedge.Edge, doc *site.Document, host netip.Addr) (string, error) {
	address := ""
	for _, l := range listenings(doc, host) {
		at, err := edge.ListenOn(l.Endpoint)
		switch {
		case err == nil && l.needed:
			address = at.String()
		case err == nil:
		case l.needed:
			return "", fmt.Errorf("SIP cannot listen on %s: is another telephone program running? (%w)", doc.Network.SIP, err)
		default:
			c.warn(l.setting, fmt.Sprintf("%s: SIP over %s cannot listen on %s: is another program there? (%v)", l.setting, l.Transport, l.Addr, err))
		}
	}
	return address, nil
}

// openCertificates makes ready what TLS is served with, if the document asks for TLS.
func (c *core) openCertificates(doc *site.Document, host netip.Addr) (*tls.Config, error) {
	n := doc.Network
	if n.SIPTLS == "" && n.SIPWSS == "" && n.Web == "" {
		return nil, nil
	}
	cfg := certs.Config{Dir: filepath.Join(c.layout.State, "tls"), Names: append([]string{host.String()}, n.TLSNames...)}
	if n.TLSCert != "" {
		dir := filepath.Dir(c.layout.Site)
		cfg.CertFile, cfg.KeyFile = beside(dir, n.TLSCert), beside(dir, n.TLSKey)
	}
	store, err := certs.Open(cfg)
	if err != nil {
		return nil, fmt.Errorf("the certificate of SIP over TLS: %w", err)
	}
	c.certs = store
	if n.SIPTLS == "" && n.SIPWSS == "" {
		return nil, nil // for the box's page alone
	}
	return store.TLS(), nil
}

// beside is a file named relative to a directory.
func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// saveNamesEvery is how often it is written down where names lead: what a box needs that starts without the Internet.
const saveNamesEvery = 10 * time.Minute

func (c *core) namesFile() string { return filepath.Join(c.layout.State, "names.json") }

// openNames makes the resolver of carriers' names, with what the core before it knew.
func (c *core) openNames(doc *site.Document) {
	c.names = locate.New(locate.Config{Exchanger: &locate.Servers{Fixed: nameServers(doc)}})
	data, err := os.ReadFile(c.namesFile())
	if err == nil {
		err = c.names.Restore(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Warn("where carriers' names lead is not remembered: it will be asked for again", "err", err)
	}
}

// keepNames writes down where names lead, now and then.
func (c *core) keepNames(ctx context.Context) {
	tick := time.NewTicker(saveNamesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.saveNames()
		}
	}
}

func (c *core) saveNames() {
	data, err := c.names.Snapshot()
	if err == nil {
		err = writeWhole(c.namesFile(), data)
	}
	if err != nil {
		c.log.Warn("where carriers' names lead cannot be remembered", "err", err)
	}
}

func (c *core) closeNames() {
	if c.names == nil {
		return
	}
	c.saveNames()
	c.names.Close()
}
