package serialport

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Settings are the speed of a line. The frame is always 8 data bits, no parity, one stop bit.
type Settings struct {
	Baud int // bit/s; 0: 115200
}

// Speed is the console's customary speed in bit/s.
const Speed = 115200

// Port is an open line. Read waits for at least one byte, and ends with ErrClosed when another goroutine closes the port.
type Port interface{ io.ReadWriteCloser }

// What can be wrong with a line.
var (
	ErrHungUp  = errors.New("the line hung up: the cable or its adapter was pulled out")
	ErrClosed  = errors.New("the line was closed")
	ErrNoPort  = errors.New("there is no such line: is the adapter plugged in?")
	ErrBusy    = errors.New("another program uses the line: stop it first")
	ErrRefused = errors.New("this user may not use the line: it belongs to root or the group dialout")
	ErrNoLine  = errors.New("this is not a serial line")
)

// Open opens a line such as "/dev/ttyS0".
func Open(path string, s Settings) (Port, error) {
	if s.Baud == 0 {
		s.Baud = Speed
	}
	p, err := serial.Open(path, &serial.Mode{BaudRate: s.Baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, inWords(err))
	}
	return &line{port: p, path: path}, nil
}

// List names the lines this machine has, sorted.
func List() ([]string, error) {
	names, err := serial.GetPortsList()
	if err != nil {
		return nil, fmt.Errorf("serial lines: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// line gives a serial.Port our words.
type line struct {
	port serial.Port
	path string

	mu     sync.Mutex
	closed bool
}

func (l *line) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := l.port.Read(p)
	return n, l.why(err)
}

// Write sends all of p: the library may take less.
func (l *line) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := l.port.Write(p[sent:])
		sent += n
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return sent, l.why(err)
		case n == 0:
			return sent, l.why(io.ErrShortWrite)
		}
	}
	return sent, nil
}

func (l *line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.port.Close()
}

// why tells a line that we closed from one that was pulled out: the library says "closed" for both.
func (l *line) why(err error) error {
	if err == nil {
		return nil
	}
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return fmt.Errorf("%s: %w", l.path, ErrClosed)
	}
	return fmt.Errorf("%s: %w", l.path, inWords(err))
}

func inWords(err error) error {
	if pe, ok := errors.AsType[*serial.PortError](err); ok {
		switch pe.Code() {
		case serial.PortBusy:
			return ErrBusy
		case serial.PortNotFound:
			return ErrNoPort
		case serial.PermissionDenied:
			return ErrRefused
		case serial.InvalidSerialPort:
			return ErrNoLine
		case serial.PortClosed:
			return ErrHungUp
		default:
			return err
		}
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ErrNoPort
	case errors.Is(err, unix.EIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return ErrHungUp
	}
	return err
}
