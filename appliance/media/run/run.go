// Package run is the media process: the sockets, threads and clock around the media engine, and the Unix socket on
// which the core commands it.
//
// Sound never waits for anything here: one locked thread per shard polls its sockets every 5 ms and mixes every 20 ms
// with absolute timers, allocates nothing and logs nothing. Every leg has a lease that the core renews; when the core
// goes away sound goes on, and a leg nobody asks for any more closes itself.
package run

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"autocom/appliance/media/engine"
)

// Config is what the media process needs to know. Zero values mean the default.
type Config struct {
	Socket       string // path of the control socket
	BindIP       string // where RTP ports are opened; default 127.0.0.1
	AdvertisedIP string // what Open answers; default BindIP
	PortMin      int    // RTP range, both included; default 20000–29999
	PortMax      int

	AllowedUIDs []uint32      // users besides our own and root who may command us
	Lease       time.Duration // of a leg; default 60 s
	Quarantine  time.Duration // rest of a port between two legs, while others are free; default 10 s
	Shards      int           // default: cores - 1, at least 1
	Engine      engine.Config // times of the engine; seed and epoch are set here

	Log   *slog.Logger // default: none
	Ready func()       // called once, when the socket answers
}

// memoryLimit keeps the collector from letting a process grow that needs little (bytes).
const memoryLimit = 64 << 20

func (c Config) withDefaults() Config {
	if c.BindIP == "" {
		c.BindIP = "127.0.0.1"
	}
	if c.AdvertisedIP == "" {
		c.AdvertisedIP = c.BindIP
	}
	if c.PortMin == 0 && c.PortMax == 0 {
		c.PortMin, c.PortMax = 20000, 29999
	}
	if c.Lease <= 0 {
		c.Lease = 60 * time.Second
	}
	if c.Quarantine <= 0 {
		c.Quarantine = 10 * time.Second
	}
	if c.Shards <= 0 {
		c.Shards = max(1, runtime.NumCPU()-1)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Tune sets what belongs to a process as a whole: the collector's pace for a small heap, and the limit of open files.
// The program calls it once before Serve; a test that lives in the same process with others does not.
func Tune(cfg Config) {
	cfg = cfg.withDefaults()
	debug.SetGCPercent(200)
	debug.SetMemoryLimit(memoryLimit)
	raiseFiles(cfg.Log, (cfg.PortMax-cfg.PortMin+1)/2)
}

// Serve is the media process until ctx ends. It returns an error only when it cannot start or loses its socket.
func Serve(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	ip, err := netip.ParseAddr(cfg.BindIP)
	if err != nil {
		return fmt.Errorf("bind address: %w", err)
	}
	p, err := newPorts(ip, cfg.PortMin, cfg.PortMax, cfg.Quarantine)
	if err != nil {
		return err
	}
	listener, err := listen(cfg.Socket)
	if err != nil {
		return err
	}
	if runtime.GOMAXPROCS(0) <= cfg.Shards {
		runtime.GOMAXPROCS(cfg.Shards + 1) // each shard keeps one to itself
	}
	d := newDesk(cfg, p)
	var threads sync.WaitGroup
	if err := d.startShards(&threads); err != nil {
		return errors.Join(err, listener.Close())
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var served error
	var hands sync.WaitGroup
	hands.Go(func() { d.run(ctx) })
	hands.Go(func() {
		served = d.accept(ctx, listener)
		cancel()
	})
	hands.Go(func() {
		<-ctx.Done()
		_ = listener.Close() // ends accept
	})
	if cfg.Ready != nil {
		cfg.Ready()
	}
	hands.Wait()
	d.stopShards()
	threads.Wait()
	d.finish()
	return served
}

// listen opens the control socket. One left behind by a process that died is replaced; one that answers is not ours.
func listen(path string) (*net.UnixListener, error) {
	at := &net.UnixAddr{Name: path, Net: "unix"}
	l, err := net.ListenUnix("unix", at)
	if errors.Is(err, unix.EADDRINUSE) {
		if c, dialErr := net.DialUnix("unix", nil, at); dialErr == nil {
			return nil, errors.Join(fmt.Errorf("another media process answers on %s: %w", path, err), c.Close())
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the stale control socket: %w", err)
		}
		l, err = net.ListenUnix("unix", at)
	}
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	return l, nil
}

func (d *desk) startShards(threads *sync.WaitGroup) error {
	cfg := d.cfg.Engine
	cfg.Epoch = time.Now()
	start := monotonic()
	refused := make(chan error, d.cfg.Shards)
	for range d.cfg.Shards {
		var seed [16]byte
		_, _ = rand.Read(seed[:]) // never fails
		cfg.Seed = [2]uint64{binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:])}
		s, err := newShard(cfg, start, d.happened)
		if err != nil {
			d.stopShards()
			return fmt.Errorf("start a media thread: %w", err)
		}
		d.shards = append(d.shards, s)
		threads.Go(func() { s.loop(refused) })
	}
	var denied error
	for range d.cfg.Shards {
		denied = errors.Join(denied, <-refused)
	}
	if denied != nil {
		d.cfg.Log.Warn("no real-time scheduling: sound may stutter under load; give the unit LimitRTPRIO=40 or CAP_SYS_NICE",
			"error", denied)
	}
	return nil
}

func (d *desk) stopShards() {
	for _, s := range d.shards {
		s.do(func() { s.stopped = true })
	}
}
