package console

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
)

// leaving is a box that is stopped by the command it answers.
type leaving struct {
	fakeBox
	asked, stopping chan struct{}
}

func (b *leaving) Command(context.Context, Command) error {
	close(b.asked)
	<-b.stopping
	return nil
}

// The command that stops the box is answered all the same.
func TestWhoStopsTheBoxHearsThatItWasDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.sock")
	b := &leaving{asked: make(chan struct{}), stopping: make(chan struct{})}
	s, err := Serve(path, b, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := Dial(path)
	defer c.Close()
	answered := make(chan error, 1)
	go func() { answered <- c.Command(t.Context(), Command{Verb: VerbRestart}) }()
	<-b.asked
	closed := make(chan error, 1)
	s.http.RegisterOnShutdown(func() { close(b.stopping) })
	go func() { closed <- s.Close() }()
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
