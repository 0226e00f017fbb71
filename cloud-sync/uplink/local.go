package uplink

import (
	"bytes"
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// own brings the document in force to the console when it is not one that the console published, once for each content: from it the console begins
// its draft. It holds passwords and goes nowhere but there.
func (d *desk) own(ctx context.Context, c *client, id identity) {
	if d.a.Machine.State != apply.Idle || time.Now().Before(d.ownAt) {
		return
	}
	if err := d.bring(ctx, c, id); err != nil && ctx.Err() == nil {
		d.ownAt = time.Now().Add(around(d.l.o.Pace.Confirm, 0.2))
		d.l.o.Log.Warn("the box's own document could not be told", "error", err)
		d.l.suspect(err)
	}
}

func (d *desk) bring(ctx context.Context, c *client, id identity) error {
	text, err := d.l.o.Site.Text()
	if err != nil {
		return err
	}
	name := apply.NameOf(string(text))
	m := d.a.Machine
	if m.Confirmed != 0 && name == m.Name || len(bytes.TrimSpace(text)) == 0 || !utf8.Valid(text) {
		return d.told("")
	}
	name = id.Device + " " + name
	if d.a.Told == name {
		return nil
	}
	var in wire.Received
	_, err = c.do(ctx, ask{path: wire.PathDocument, out: wire.NewLocal(text)}, &in)
	if t, is := errors.AsType[*Trouble](err); is && t.Code == wire.CodeBadRequest {
		err = nil // it will never be taken
		d.l.o.Log.Warn("the cloud does not take the box's own document", "error", t)
	}
	if err != nil {
		return err
	}
	return d.told(name)
}

// told remembers which document the console knows.
func (d *desk) told(name string) error {
	if d.a.Told == name {
		return nil
	}
	next := d.a
	next.Told = name
	if err := d.l.dir.write(fileApply, next); err != nil {
		return err
	}
	d.a = next
	return nil
}
