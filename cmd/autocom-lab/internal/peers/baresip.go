package peers

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// A Softphone is a baresip that answers by itself and gives back what it hears:
// who speaks a tone to it hears that tone again when sound flows both ways.
// With a Voice it speaks with that instead, and what it hears is kept for an Ear.
type Softphone struct {
	Listen            netip.AddrPort // its own; TLS takes the port after it
	Box               netip.AddrPort // where it registers; nowhere when unset
	Extension, Secret string
	Transport         string         // "tcp" or "tls"; UDP when empty
	CA                string         // file of who signed the box's certificate
	Encryption        string         // of its sound: "srtp-mand" insists, "srtp" prefers; in the clear when empty
	Buddies           []string       // extensions whose presence it watches
	Control           netip.AddrPort // takes commands there; none when unset
	Voice             string         // a WAV file of mono 16-bit samples at 8 kHz, played once in each call
	Rings             bool           // until it is told to accept
}

// The ports of baresip's sound are bound on every address of the machine: they lie below those of all boxes and peers of the lab (16,384 and up).
var baresipConfig = template.Must(template.New("config").Parse(`sip_listen {{.Listen}}
sip_trans_def {{or .Transport "udp"}}
{{- if .CA}}
sip_cafile {{.CA}}
{{- end}}
net_interface {{.Listen.Addr}}
rtp_ports 10000-15999
call_local_timeout 120
call_max_calls 4
statmode_default off
{{- if .Voice}}
audio_player aubridge,unheard
audio_source aufile,{{.Voice}}
snd_path {{.Dir}}
{{- else}}
audio_player aubridge,loop
audio_source aubridge,loop
{{- end}}
audio_level no
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path {{.Modules}}
module g711.so
module aubridge.so
{{- if .Voice}}
module aufile.so
module sndfile.so
{{- end}}
{{- if .Encryption}}
module srtp.so
{{- end}}
module_tmp account.so
{{- if .Control.IsValid}}
module_app ctrl_tcp.so
ctrl_tcp_listen {{.Control}}
{{- end}}
{{- if .Buddies}}
module_app contact.so
module_app presence.so
{{- end}}
module_app menu.so
`))

// account is the line of baresip's accounts file.
func (s Softphone) account() string {
	at := s.Box
	rest := fmt.Sprintf(";auth_pass=%s;regint=60", s.Secret)
	if !s.Box.IsValid() {
		at, rest = s.Listen, ";regint=0"
	}
	transport := ""
	if s.Transport != "" {
		transport = ";transport=" + s.Transport
	}
	if s.Encryption != "" {
		rest += ";mediaenc=" + s.Encryption
	}
	answers := "auto"
	if s.Rings {
		answers = "manual"
	}
	return fmt.Sprintf("<sip:%s@%s%s>%s;answermode=%s;audio_codecs=pcma\n", s.Extension, at, transport, rest, answers)
}

// Baresip starts a softphone with its files in dir.
func Baresip(dir string, s Softphone) (*Child, error) {
	modules, err := filepath.Glob("/usr/lib*/baresip/modules")
	if err == nil && len(modules) == 0 {
		modules, err = filepath.Glob("/usr/lib/*/baresip/modules")
	}
	if err != nil || len(modules) == 0 {
		return nil, errors.New("peers: baresip is not installed (apt-get install baresip)")
	}
	var config bytes.Buffer
	if err := baresipConfig.Execute(&config, struct {
		Softphone
		Modules, Dir string
	}{s, modules[0], dir}); err != nil {
		return nil, err
	}
	var contacts strings.Builder
	for _, b := range s.Buddies {
		fmt.Fprintf(&contacts, "\"%[1]s\" <sip:%[1]s@%[2]s>;presence=p2p\n", b, s.Box)
	}
	for name, text := range map[string]string{"config": config.String(), "accounts": s.account(), "contacts": contacts.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return start(dir, "baresip", "-f", dir)
}
