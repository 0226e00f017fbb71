// Package branch invents a branch office for the lab: addresses, numbers,
// telephones with random secrets, queues, and the site document that says so.
package branch

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"text/template"
	"time"
)

// A Phone is one desk telephone of the branch.
type Phone struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Secret string `json:"secret"`
	Queues string `json:"-"` // YAML list; an agent sits there when not empty
	More   string `json:"-"` // further settings of the extension, such as "srtp: required"
}

// A Queue is one queue of the branch.
type Queue struct {
	ID, Name, Overflow string
	Ring, Retry        time.Duration
	CoolDown, MaxWait  time.Duration
	Record             bool
	More               []string // further settings, each a line of YAML: "music: valse"
}

// A Service is a number outside callers dial.
type Service struct{ Number, Name, Queue, Extension, Welcome string }

// A Branch is everything the lab needs to know of a box, and the box of its branch.
type Branch struct {
	Name     string         `json:"name"`
	SIP      netip.AddrPort `json:"sip"`     // of the box
	Carrier  netip.AddrPort `json:"carrier"` // where the box sends outside calls
	Sources  []netip.Addr   `json:"-"`       // carriers besides
	RTPFirst int            `json:"-"`
	RTPLast  int            `json:"-"`
	MaxCalls int            `json:"-"`
	Inside   string         `json:"-"` // networks phones may be in; all of 127.0.0.0/8 when empty
	Network  []string       `json:"-"` // further settings of the network, such as "sip_ws: 127.0.0.1:8088"
	More     string         `json:"-"` // further parts of the document, whole
	Phones   []Phone        `json:"phones"`
	Queues   []Queue        `json:"-"`
	Services []Service      `json:"services"`

	Address    string   `json:"-"` // of the trunk; Carrier when empty
	TrunkLines []string `json:"-"` // further settings of the trunk, each a line of YAML: "register: \"yes\""
}

// Demo is the branch of `make run`: four agents in two queues and a spare phone.
func Demo(sip, carrier netip.AddrPort) Branch {
	b := Branch{
		Name: "Agence de démonstration", SIP: sip, Carrier: carrier, RTPFirst: 16384, RTPLast: 18383, MaxCalls: 200,
		Queues: []Queue{
			{ID: "accueil", Name: "Accueil", Overflow: "renfort", Ring: 8 * time.Second, Retry: time.Second, CoolDown: 3 * time.Second, MaxWait: 20 * time.Second},
			{ID: "renfort", Name: "Renfort", Ring: 8 * time.Second, Retry: time.Second, CoolDown: 3 * time.Second, MaxWait: 40 * time.Second},
		},
		Services: []Service{
			{Number: "+33472000000", Name: "Accueil de l'agence", Queue: "accueil", Welcome: "welcome"},
			{Number: "+33472000001", Name: "Ligne du renfort", Queue: "renfort"},
			{Number: "+33472000205", Name: "Ligne directe du poste 205", Extension: "205"},
		},
	}
	for i, p := range []struct{ name, queues string }{
		{"Ana", "[accueil]"}, {"Ben", "[accueil]"}, {"Chloé", "[accueil, renfort]"}, {"David", "[renfort]"}, {"Votre poste", ""},
	} {
		b.Phones = append(b.Phones, Phone{Number: fmt.Sprint(201 + i), Name: p.name, Secret: Secret(), Queues: p.queues})
	}
	return b
}

// Secret makes a telephone's password.
func Secret() string { return rand.Text()[:20] }

// Phone finds a telephone.
func (b Branch) Phone(number string) (Phone, bool) {
	for _, p := range b.Phones {
		if p.Number == number {
			return p, true
		}
	}
	return Phone{}, false
}

var document = template.Must(template.New("site").Parse(`# Written by autocom-lab for one run.
version: 1
site:
  name: {{printf "%q" .Name}}
network:
  sip: "{{.SIP}}"
  rtp: {first: {{.RTPFirst}}, last: {{.RTPLast}}}
  phones: [{{or .Inside "127.0.0.0/8"}}]
  max_calls: {{.MaxCalls}}
{{- range .Network}}
  {{.}}
{{- end}}
numbers:
  outside: "0"
emergency:
  trunk: lab
  presented: "+33472000000"
trunks:
  - name: lab
    address: "{{if .Address}}{{.Address}}{{else}}{{.Carrier}}{{end}}"
    sources: ["{{.Carrier.Addr}}"{{range .Sources}}, "{{.}}"{{end}}]
    channels: {{.MaxCalls}}
    presented: "+33472000000"
{{- range .TrunkLines}}
    {{.}}
{{- end}}
extensions:
{{- range .Phones}}
  - {number: "{{.Number}}", name: {{printf "%q" .Name}}, secret: "{{.Secret}}"{{if .More}}, {{.More}}{{end}}}
{{- end}}
queues:
{{- range .Queues}}
  - id: {{.ID}}
    name: {{printf "%q" .Name}}
    ring: {{.Ring}}
    retry: {{.Retry}}
    cool_down: {{.CoolDown}}
    max_wait: {{.MaxWait}}
    record: {{.Record}}
{{- if .Overflow}}
    overflow: {{.Overflow}}
{{- end}}
{{- range .More}}
    {{.}}
{{- end}}
{{- end}}
agents:
{{- range .Phones}}{{if .Queues}}
  - {id: "agent{{.Number}}", name: {{printf "%q" .Name}}, extension: "{{.Number}}", queues: {{.Queues}}, logged_in: true}
{{- end}}{{end}}
services:
{{- range .Services}}
  - {number: "{{.Number}}", name: {{printf "%q" .Name}}{{if .Queue}}, queue: {{.Queue}}{{end}}{{if .Extension}}, extension: "{{.Extension}}"{{end}}{{if .Welcome}}, welcome: {{.Welcome}}{{end}}}
{{- end}}
recording:
  basis: "Essais sur la maquette"
{{.More}}`))

// Write puts the site document into dir and gives its path.
func (b Branch) Write(dir string) (string, error) {
	var text bytes.Buffer
	if err := document.Execute(&text, b); err != nil {
		return "", fmt.Errorf("branch: %w", err)
	}
	path := filepath.Join(dir, "site.yaml")
	out := strings.ReplaceAll(text.String(), "agents:\nservices:", "agents: []\nservices:")
	out = strings.ReplaceAll(out, "queues:\nagents:", "queues: []\nagents:")
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		return "", fmt.Errorf("branch: %w", err)
	}
	return path, nil
}

// Ports given for port 0 lie below those the kernel gives to whoever asks for any (32,768 on Linux): between our looking and the user's listening, and
// while a peer is started again, nobody else is given them.
const (
	portFirst = 26_000
	portStep  = 4 // TLS takes the port after that of SIP, RTCP that after RTP
	portCount = 1_500
)

// ports counts those given, so that tests beside each other get different ones; it begins somewhere, so that programs beside each other do.
var ports = func() *atomic.Uint32 {
	var n atomic.Uint32
	n.Store(uint32(os.Getpid()) * 97) // neighbours far from each other
	return &n
}()

// FreePort gives addr when its UDP port is free, else another free port on it.
func FreePort(addr netip.AddrPort) (free netip.AddrPort, moved bool, err error) {
	for try := range portCount {
		if try > 0 || addr.Port() == 0 {
			free = netip.AddrPortFrom(addr.Addr(), uint16(portFirst+portStep*(ports.Add(1)%portCount)))
		} else {
			free = addr
		}
		if err = tryPort(free); err == nil {
			return free, free != addr, nil
		}
	}
	return addr, false, fmt.Errorf("branch: no free port on %s: %w", addr.Addr(), err)
}

// tryPort listens for a moment. A program that is started within it would hold the socket until it runs, for a millisecond in which its port is taken
// for whoever asked for it: none is started meanwhile.
func tryPort(at netip.AddrPort) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return err
	}
	return conn.Close()
}

// Tone is the frequency in Hz a lab telephone speaks with: each extension its
// own, so that a caller hears who answered.
func Tone(number string) float64 {
	n := 0
	for _, c := range number {
		n = (n*10 + int(c-'0')&15) % 20
	}
	return 600 + 50*float64(n)
}

// CarrierTone is the frequency in Hz with which people outside answer.
const CarrierTone = 520.0
