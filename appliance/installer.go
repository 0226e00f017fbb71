package appliance

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu"
	"autocom/appliance/site"
	"autocom/appliance/steward"
	"autocom/hwio/board"
	"autocom/hwio/serialport"
)

// ConsoleOptions is what an installer's line needs besides the layout.
type ConsoleOptions struct {
	Port     string // the serial line; empty: the board's own
	Speed    int    // bit/s; 0: 115200
	Language menu.Language
	Product  string // on top of the screen; empty: AUTOCOM
	State    string // folder of the box's code; empty: console in the layout's state
	Steward  string // its socket; empty: steward.sock beside the other sockets
}

// ConsoleFolder is where a layout's console keeps the box's code, when it is not told otherwise.
func (l Layout) ConsoleFolder() string { return filepath.Join(l.State, "console") }

// StewardSocket is where a layout's steward answers, when it is not told otherwise.
func (l Layout) StewardSocket() string { return filepath.Join(l.Run, "steward.sock") }

// StewardFolder is where a layout's steward keeps its state, when it is not told otherwise.
func (l Layout) StewardFolder() string { return filepath.Join(l.State, "steward") }

// RunConsole serves installers on a serial line until the context ends. A line that is pulled out is opened again when it is back.
func RunConsole(ctx context.Context, l Layout, o ConsoleOptions, log *slog.Logger) error {
	machine := board.Detect("/")
	if o.Port == "" {
		o.Port = machine.Console
	}
	if o.Port == "" {
		return fmt.Errorf("this machine (%s) has no installer's line that is known: name it with --port", machine.Name)
	}
	if o.Speed == 0 {
		o.Speed = serialport.Speed
	}
	if o.State == "" {
		o.State = l.ConsoleFolder()
	}
	if o.Steward == "" {
		o.Steward = l.StewardSocket()
	}
	door, err := openDoor(o.State)
	if err != nil {
		return err
	}
	core, warden := console.Dial(l.consoleSocket()), steward.Dial(o.Steward)
	defer core.Close()
	defer warden.Close()
	port := &stewardPort{client: warden, version: l.Version}
	link := linkPort{client: core}
	parts := menu.Options{
		Door: door, Box: corePort{core}, Network: port, Machine: port, Journal: port, Link: link, Admin: link,
		Product: o.Product, Serial: machine.Serial, Version: l.Version, Settings: fmt.Sprintf("%d 8N1", o.Speed), Language: o.Language,
	}
	log.Info("the installer's line is served", "port", o.Port, "speed", o.Speed, "machine", machine.Name)
	ready(log)
	defer stopping()
	told := ""
	serialport.KeepOpen(ctx, func() (serialport.Port, error) { return serialport.Open(o.Port, serialport.Settings{Baud: o.Speed}) },
		func(err error) {
			if words := err.Error(); words != told { // once, not at every attempt
				told = words
				log.Warn("the installer's line is not served; it is tried again", "err", err)
			}
		},
		func(ctx context.Context, p serialport.Port) error {
			told = ""
			parts := parts
			parts.Zone = siteZone(l)
			return menu.Serve(ctx, p, parts)
		})
	return nil
}

// siteZone is the time zone of the site document, as far as this process may read it; otherwise the machine's.
func siteZone(l Layout) *time.Location {
	doc, err := site.ReadFile(l.Site)
	if err != nil {
		if doc, err = site.NewKeeper(l.Site, l.State).LoadLastGood(); err != nil {
			return time.Local
		}
	}
	zone, err := time.LoadLocation(doc.Site.Timezone)
	if err != nil {
		return time.Local
	}
	return zone
}
