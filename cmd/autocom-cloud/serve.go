package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"autocom/cloud-sync/consoleapi"
	"autocom/cloud-sync/deviceapi"
	"autocom/web/console"

	"github.com/spf13/cobra"
)

// Bounds of the console listener; a request's own time is the console's to bound, since streams have none.
const (
	headerTime = 10 * time.Second
	readTime   = 60 * time.Second
	idleTime   = 2 * time.Minute
	stopTime   = 10 * time.Second
	mostHeader = 64 << 10
)

// sweepEach is how often sessions and codes that are over are dropped.
const sweepEach = time.Hour

// serving is the flags of serve.
type serving struct {
	console, devices             string
	publicConsole, publicDevices string
	cert, key                    string
	level                        string
}

func serveCommand(o *options) *cobra.Command {
	var s serving
	c := &cobra.Command{
		Use: "serve", Short: "Serve the console page and the boxes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			level, err := s.check()
			if err != nil {
				return usageError{err}
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level, ReplaceAttr: hush}))
			return with(cmd.Context(), o, true, func(c *cloud) error { return c.serve(cmd.Context(), s, cmd.OutOrStdout(), log) })
		},
	}
	f := c.Flags()
	f.StringVar(&s.console, "console", "127.0.0.1:8080", "address of the console page")
	f.StringVar(&s.devices, "devices", "127.0.0.1:8443", "address boxes speak to")
	f.StringVar(&s.publicConsole, "public-console", "", "where people find the console, when a proxy stands before it: https://cloud.example.org")
	f.StringVar(&s.publicDevices, "public-devices", "", "where boxes find the device listener: https://cloud.example.org:8443 (default: the address it has)")
	f.StringVar(&s.cert, "console-cert", "", "file of the console's certificate (PEM); without one it speaks plain HTTP, on a loopback address only")
	f.StringVar(&s.key, "console-key", "", "file of its key")
	f.StringVar(&s.level, "log", "info", "debug, info, warn or error")
	return c
}

// check reads what can be said of the flags before anything is opened.
func (s *serving) check() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.level)); err != nil {
		return level, fmt.Errorf("--log %s: use debug, info, warn or error", s.level)
	}
	if (s.cert == "") != (s.key == "") {
		return level, errors.New("--console-cert and --console-key go together")
	}
	for _, f := range []struct{ flag, value string }{{"--console", s.console}, {"--devices", s.devices}} {
		if _, _, err := net.SplitHostPort(f.value); err != nil {
			return level, fmt.Errorf("%s %s: write address:port", f.flag, f.value)
		}
	}
	if s.cert == "" && !loopback(s.console) {
		return level, fmt.Errorf("--console %s would carry passwords in clear: give --console-cert and --console-key, or listen on 127.0.0.1 behind a proxy that speaks TLS", s.console)
	}
	for _, f := range []struct{ flag, value string }{{"--public-console", s.publicConsole}, {"--public-devices", s.publicDevices}} {
		u, err := url.Parse(f.value)
		if f.value != "" && (err != nil || u.Scheme != "https" && (u.Scheme != "http" || f.flag == "--public-devices") || u.Host == "") {
			return level, fmt.Errorf("%s %s: write https://host:port", f.flag, f.value)
		}
	}
	return level, nil
}

func loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}

// hush masks what nobody may read in a log, whoever put it there.
func hush(_ []string, a slog.Attr) slog.Attr {
	switch key := strings.ToLower(a.Key); {
	case strings.Contains(key, "password"), strings.Contains(key, "secret"), strings.Contains(key, "cookie"), strings.Contains(key, "authorization"), key == "code", key == "claim", key == "session":
		return slog.String(a.Key, consoleapi.Masked)
	}
	return a
}

// serve runs both listeners until the context ends, or one of them fails.
func (c *cloud) serve(ctx context.Context, s serving, out io.Writer, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pages, err := net.Listen("tcp", s.console)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --console", err)
	}
	defer pages.Close()
	boxes, err := net.Listen("tcp", s.devices)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --devices", err)
	}
	defer boxes.Close()
	scheme := "http"
	var secure *tls.Config
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return fmt.Errorf("the console's certificate: %w: name PEM files with --console-cert and --console-key", err)
		}
		scheme, secure = "https", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	publicConsole, publicDevices := s.publicConsole, s.publicDevices
	if publicConsole == "" {
		publicConsole = scheme + "://" + pages.Addr().String()
	}
	if publicDevices == "" {
		publicDevices = "https://" + boxes.Addr().String()
	}
	page, err := consoleapi.New(consoleapi.Parts{
		Fleet: c, Boxes: c, Documents: c, Archive: c, History: c, People: c.people, Sessions: c.people, Audit: c.people,
		Pages: console.Pages(), Policy: console.Policy, Server: publicDevices, Plain: !strings.HasPrefix(publicConsole, "https://"), Log: log,
	})
	if err != nil {
		return err
	}
	web := &http.Server{
		Handler: page, TLSConfig: secure, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, IdleTimeout: idleTime, MaxHeaderBytes: mostHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	web.RegisterOnShutdown(page.Close)

	var done sync.WaitGroup
	ended := make(chan error, 3)
	work := func(name string, do func() error) {
		done.Go(func() {
			if err := do(); err != nil {
				ended <- fmt.Errorf("%s: %w", name, err)
			}
			stop()
		})
	}
	work("console", func() error {
		if secure != nil {
			return closed(web.ServeTLS(pages, "", ""))
		}
		return closed(web.Serve(pages))
	})
	work("devices", func() error {
		return closed(deviceapi.New(c, c.ring, log).Serve(ctx, boxes))
	})
	work("sweep", func() error {
		c.sweep(ctx, log)
		return nil
	})
	fmt.Fprintf(out, "console  %s\ndevices  %s\n", publicConsole, publicDevices)
	log.Info("ready", "console", publicConsole, "devices", publicDevices, "version", version)

	<-ctx.Done()
	last, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := web.Shutdown(last); err != nil {
		err = errors.Join(err, web.Close())
		log.Warn("some requests were cut off", "error", err)
	}
	done.Wait()
	close(ended)
	for e := range ended {
		err = errors.Join(err, e)
	}
	log.Info("stopped")
	return err
}

// closed is the error of a server, unless it says that it was asked to stop.
func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// sweep drops what is over, now and then.
func (c *cloud) sweep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sweepEach)
	defer tick.Stop()
	for {
		now := time.Now()
		if err := c.people.Sweep(ctx, now, now.Add(-consoleapi.SessionIdle), now.Add(-consoleapi.SessionAge)); err != nil && ctx.Err() == nil {
			log.Warn("sessions that are over could not be dropped; they open nothing", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
