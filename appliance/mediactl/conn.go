package mediactl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// writeLimit is how long a peer may leave its socket full.
const writeLimit = 5 * time.Second

// A Conn is one end of the control socket. One goroutine reads and one writes.
type Conn struct {
	c     *net.UnixConn
	dec   Decoder
	buf   []byte
	oob   []byte
	files []*os.File // came, and not yet taken by a message
}

// NewConn wraps a connected Unix stream socket and owns it from now on.
func NewConn(c *net.UnixConn) *Conn {
	return &Conn{c: c, buf: make([]byte, 16<<10), oob: make([]byte, unix.CmsgSpace(4*4*MaxFiles))}
}

// Close ends the connection and the descriptors nobody took.
func (c *Conn) Close() error {
	return c.c.Close()
}

// drain closes descriptors that no message claimed; the reader calls it when it is done.
func (c *Conn) drain() {
	for _, f := range c.files {
		_ = f.Close()
	}
	c.files = nil
}

// Write sends one message and, with it, a descriptor. The caller keeps its own copy of the file.
func (c *Conn) Write(m Message, file *os.File) error {
	if m.Request != nil && file != nil {
		m.Request.Files = 1
	}
	frame, err := Encode(m)
	if err != nil {
		return err
	}
	return c.write(frame, file)
}

func (c *Conn) write(frame []byte, file *os.File) error {
	if err := c.c.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	if file == nil {
		_, err := c.c.Write(frame)
		return err
	}
	n, _, err := c.c.WriteMsgUnix(frame, unix.UnixRights(int(file.Fd())), nil)
	if err != nil {
		return err
	}
	if n < len(frame) {
		_, err = c.c.Write(frame[n:])
	}
	return err
}

// Read gives the next message and its descriptor, which the caller closes. At the end it gives io.EOF.
func (c *Conn) Read() (Message, *os.File, error) {
	for {
		m, ok, err := c.dec.Next()
		if err != nil {
			c.drain()
			return m, nil, err
		}
		if ok {
			f, err := c.take(m)
			return m, f, err
		}
		if err := c.fill(); err != nil {
			c.drain()
			return Message{}, nil, err
		}
	}
}

// take gives a message the descriptor it says it came with.
func (c *Conn) take(m Message) (*os.File, error) {
	if m.Request == nil || m.Request.Files == 0 {
		return nil, nil
	}
	if len(c.files) == 0 {
		return nil, fmt.Errorf("%s without its descriptor: %w", m.Request.Op, ErrShape)
	}
	f := c.files[0]
	c.files = c.files[1:]
	return f, nil
}

func (c *Conn) fill() error {
	n, oobn, flags, _, err := c.c.ReadMsgUnix(c.buf, c.oob)
	if oobn > 0 {
		if err := c.receiveFiles(c.oob[:oobn]); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if flags&unix.MSG_CTRUNC != 0 {
		return fmt.Errorf("too many descriptors: %w", ErrShape)
	}
	if n == 0 {
		return io.EOF
	}
	c.dec.Write(c.buf[:n])
	return nil
}

func (c *Conn) receiveFiles(oob []byte) error {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return fmt.Errorf("read descriptors: %w", err)
	}
	for i := range msgs {
		fds, err := unix.ParseUnixRights(&msgs[i])
		if err != nil {
			return fmt.Errorf("read descriptors: %w", err)
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			c.files = append(c.files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	if len(c.files) > 16 {
		return fmt.Errorf("descriptors that no message claims: %w", ErrShape)
	}
	return nil
}

// PeerUID is the user on the other side, as the kernel knows it.
func (c *Conn) PeerUID() (uint32, error) {
	raw, err := c.c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, fmt.Errorf("peer credentials: %w", credErr)
	}
	return cred.Uid, nil
}

// Greet sends our Hello and reads the peer's, within a time.
func (c *Conn) Greet(name string, limit time.Duration) (Hello, error) {
	if err := c.Write(Message{Hello: &Hello{Version: Version, Name: name}}, nil); err != nil {
		return Hello{}, fmt.Errorf("say hello: %w", err)
	}
	if err := c.c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return Hello{}, err
	}
	m, f, err := c.Read()
	if f != nil {
		_ = f.Close()
	}
	switch {
	case err != nil:
		return Hello{}, fmt.Errorf("wait for hello: %w", err)
	case m.Hello == nil:
		return Hello{}, fmt.Errorf("the first message is not hello: %w", ErrShape)
	case m.Hello.Version != Version:
		return *m.Hello, fmt.Errorf("version %d, ours is %d: %w", m.Hello.Version, Version, ErrVersion)
	}
	return *m.Hello, c.c.SetReadDeadline(time.Time{})
}

// Broken gives the error of a connection that ended in any other way than by being closed.
func Broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
