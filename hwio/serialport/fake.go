package serialport

import (
	"fmt"
	"io"
	"sync"
)

// Fake is a line in memory: one end is the Port, the other the terminal of a test. Make it with NewFake.
type Fake struct {
	toPort, toTerminal *pipe
}

// NewFake lays a line.
func NewFake() *Fake { return &Fake{newPipe(), newPipe()} }

// fakeRoom is how much a line holds in each direction, in bytes; a write into a full one waits.
const fakeRoom = 64 << 10

// Port is the box's end.
func (f *Fake) Port() Port { return fakePort{f} }

// Terminal is the installer's end.
func (f *Fake) Terminal() io.ReadWriter { return fakeTerminal{f} }

// HangUp pulls the cable out: the port's Read and Write end with ErrHungUp.
func (f *Fake) HangUp() {
	f.toPort.shut(ErrHungUp)
	f.toTerminal.shut(ErrHungUp)
}

type fakePort struct{ f *Fake }

func (p fakePort) Read(b []byte) (int, error)  { return p.f.toPort.Read(b) }
func (p fakePort) Write(b []byte) (int, error) { return p.f.toTerminal.Write(b) }
func (p fakePort) Close() error {
	p.f.toPort.shut(ErrClosed)
	p.f.toTerminal.shut(ErrClosed)
	return nil
}

type fakeTerminal struct{ f *Fake }

// Read gives io.EOF once the line is down and everything that was sent has been read.
func (t fakeTerminal) Read(b []byte) (int, error) {
	n, err := t.f.toTerminal.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}
func (t fakeTerminal) Write(b []byte) (int, error) { return t.f.toPort.Write(b) }

// pipe is one direction: bounded, and its reader gets what was written before it was shut.
type pipe struct {
	mu   sync.Mutex
	turn *sync.Cond
	held []byte
	err  error
}

func newPipe() *pipe {
	p := &pipe{}
	p.turn = sync.NewCond(&p.mu)
	return p
}

func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.held) == 0 && p.err == nil {
		p.turn.Wait()
	}
	if len(p.held) == 0 {
		return 0, fmt.Errorf("a line in memory: %w", p.err)
	}
	n := copy(b, p.held)
	p.held = p.held[n:]
	p.turn.Broadcast()
	return n, nil
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.held)+len(b) > fakeRoom && len(p.held) > 0 && p.err == nil {
		p.turn.Wait()
	}
	if p.err != nil {
		return 0, fmt.Errorf("a line in memory: %w", p.err)
	}
	p.held = append(p.held, b...)
	p.turn.Broadcast()
	return len(b), nil
}

func (p *pipe) shut(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.turn.Broadcast()
}
