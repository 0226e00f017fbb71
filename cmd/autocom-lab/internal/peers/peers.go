// Package peers runs other people's telephones (SIPp, baresip) as child
// processes, so that the box is tried by programs its makers did not write.
package peers

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/template"
	"time"
)

// output keeps the end of what a child says.
type output struct {
	mu sync.Mutex
	b  []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b = append(o.b, p...)
	if over := len(o.b) - 32<<10; over > 0 {
		o.b = append(o.b[:0], o.b[over:]...)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.b)
}

// A Child is a running program. Stop ends it.
type Child struct {
	cmd   *exec.Cmd
	out   *output
	ended chan struct{}
	err   error
}

func start(dir, name string, args ...string) (*Child, error) {
	c := &Child{cmd: exec.Command(name, args...), out: &output{}, ended: make(chan struct{})}
	c.cmd.Dir = dir
	c.cmd.Stdout, c.cmd.Stderr = c.out, c.out
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.WaitDelay = 2 * time.Second
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("peers: %w (apt-get install sip-tester baresip)", err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

// Said is the end of what the program wrote.
func (c *Child) Said() string { return c.out.String() }

// Dir is where the program's files are.
func (c *Child) Dir() string { return c.cmd.Dir }

// Wait waits for the program's end.
func (c *Child) Wait(ctx context.Context) error {
	select {
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return fmt.Errorf("peers: %s: %w", c.cmd.Path, context.Cause(ctx))
	}
}

// Stop ends the program, by force after 3 s.
func (c *Child) Stop() {
	_ = c.cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case <-c.ended:
	case <-time.After(3 * time.Second):
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		<-c.ended
	}
}

// Until waits until the program has said something.
func (c *Child) Until(ctx context.Context, words string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(c.Said(), words) {
		select {
		case <-c.ended:
			return fmt.Errorf("peers: it ended before saying %q:\n%s", words, c.Said())
		case <-ctx.Done():
			return fmt.Errorf("peers: it never said %q (%w):\n%s", words, context.Cause(ctx), c.Said())
		case <-tick.C:
		}
	}
	return nil
}

// A SIPpCall is one call that SIPp places as a carrier.
type SIPpCall struct {
	Listen netip.AddrPort // SIPp's own
	Box    netip.AddrPort
	To     string
	From   string
	RTP    netip.AddrPort // where the caller hears; SIPp itself sends no sound
	Hold   time.Duration  // from the answer to SIPp's BYE
	Leave  bool           // CANCEL after Hold instead, before any answer
	Stays  bool           // until the box says BYE; Hold is not looked at
}

// SIPp places the call. The program ends well only when every message came in
// the order the scenario asks for.
func SIPp(dir string, c SIPpCall) (*Child, error) {
	var text bytes.Buffer
	if err := uac.Execute(&text, c); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "uac.xml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return nil, err
	}
	return start(dir, "sipp", c.Box.String(), "-sf", path, "-i", c.Listen.Addr().String(), "-p", strconv.Itoa(int(c.Listen.Port())),
		"-bind_local", "-mp", "0", "-m", "1", "-nostdin", "-trace_err", "-error_file", filepath.Join(dir, "sipp-errors.log"),
		"-default_behaviors", "none", "-timeout", "120s", "-timeout_error")
}

// MS is a duration in ms, for the scenario.
func (c SIPpCall) MS() int64 { return c.Hold.Milliseconds() }

var uac = template.Must(template.New("uac").Parse(`<?xml version="1.0" encoding="ISO-8859-1" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="a carrier's call">
  <send retrans="500"><![CDATA[
    INVITE sip:{{.To}}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
    From: <sip:{{.From}}@[local_ip]>;tag=[pid]S[call_number]
    To: <sip:{{.To}}@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:carrier@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 {{.RTP.Addr}}
    s=-
    c=IN IP4 {{.RTP.Addr}}
    t=0 0
    m=audio {{.RTP.Port}} RTP/AVP 8 101
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=ptime:20
  ]]></send>
  <recv response="100" optional="true"/>
{{- if .Leave}}
  <recv response="180"/>
  <pause milliseconds="{{.MS}}"/>
  <send retrans="500"><![CDATA[
    CANCEL sip:{{.To}}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-4]
    From: <sip:{{.From}}@[local_ip]>;tag=[pid]S[call_number]
    To: <sip:{{.To}}@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 CANCEL
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="200"/>
  <recv response="487"/>
  <send><![CDATA[
    ACK sip:{{.To}}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-7]
    From: <sip:{{.From}}@[local_ip]>;tag=[pid]S[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
{{- else}}
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
    [routes]
    From: <sip:{{.From}}@[local_ip]>;tag=[pid]S[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
{{- if .Stays}}
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
{{- else}}
  <pause milliseconds="{{.MS}}"/>
  <send retrans="500"><![CDATA[
    BYE [next_url] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
    [routes]
    From: <sip:{{.From}}@[local_ip]>;tag=[pid]S[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="200"/>
{{- end}}
{{- end}}
</scenario>
`))
