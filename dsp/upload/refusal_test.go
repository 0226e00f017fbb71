package upload_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"autocom/dsp/upload"
)

func TestRefusalsSayWhatTheFileIsAndWhatToDo(t *testing.T) {
	pad := strings.Repeat("\x00", 64)
	for _, c := range []struct {
		name string
		b    string
		kind upload.Kind
		says string
	}{
		{"nothing", "", upload.Empty, "export it again"},
		{"text", "Bonjour, ceci est un texte." + pad, upload.Unknown, "save it as WAV"},
		{"m4a", "\x00\x00\x00\x20ftypM4A " + pad, upload.MPEG4, "AAC"},
		{"aac", "\xff\xf1\x50\x80" + pad, upload.AAC, "AAC"},
		{"aiff", "FORM\x00\x00\x00\x00AIFF" + pad, upload.AIFF, "AIFF"},
		{"au", ".snd\x00\x00\x00\x18" + pad, upload.AU, "AU"},
		{"amr", "#!AMR\n" + pad, upload.AMR, "AMR"},
		{"wma", "\x30\x26\xb2\x75\x8e\x66\xcf\x11" + pad, upload.WMA, "Windows Media"},
		{"midi", "MThd\x00\x00\x00\x06" + pad, upload.MIDI, "notes"},
		{"webm", "\x1a\x45\xdf\xa3" + pad, upload.Matroska, "WebM"},
		{"avi", "RIFF\x00\x00\x00\x00AVI LIST" + pad, upload.AVI, "film"},
		{"rf64", "RF64\xff\xff\xff\xffWAVEds64" + pad, upload.RF64, "4 GiB"},
		{"speex", "OggS\x00\x02" + strings.Repeat("\x00", 20) + "\x01\x50Speex   " + pad, upload.OggOther, "neither Vorbis nor Opus"},
		{"mp2", "\xff\xfd\x84\x00" + pad, upload.MPEGLow, "layer I or II"},
		{"zip", "PK\x03\x04" + pad, upload.ZIP, "choose the sound itself"},
		{"pdf", "%PDF-1.4" + pad, upload.PDF, "choose the sound itself"},
		{"png", "\x89PNG\r\n" + pad, upload.Picture, "choose the sound itself"},
		{"page", "\n<!DOCTYPE html><html>" + pad, upload.Page, "web page"},
	} {
		_, err := upload.Read(strings.NewReader(c.b), upload.Limits{})
		kind, ok := errors.AsType[*upload.KindError](err)
		if !ok || kind.Kind != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%T)", c.name, err, err)
		}
	}
}

func TestRefusalsOfKnownKinds(t *testing.T) {
	wav := func(tag, channels uint16, rate uint32, bits uint16, data string) string {
		le := binary.LittleEndian
		b := []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00")
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, channels)
		b = le.AppendUint32(b, rate)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint16(b, 0)
		b = le.AppendUint16(b, bits)
		b = le.AppendUint32(append(b, "data"...), uint32(len(data)))
		return string(b) + data
	}
	refused := func(b string, limits upload.Limits) error {
		_, err := upload.Read(strings.NewReader(b), limits)
		return err
	}
	long := wav(1, 1, 8000, 16, strings.Repeat("\x00\x01", 9000))
	if e, ok := errors.AsType[*upload.EncodingError](refused(wav(0x31, 1, 8000, 0, ""), upload.Limits{})); !ok || !strings.Contains(e.Error(), "GSM") {
		t.Errorf("GSM: %v", e)
	}
	if e, ok := errors.AsType[*upload.ChannelsError](refused(wav(1, 12, 8000, 16, ""), upload.Limits{})); !ok || e.Channels != 12 {
		t.Errorf("channels: %v", e)
	}
	if e, ok := errors.AsType[*upload.RateError](refused(wav(1, 1, 2000, 16, ""), upload.Limits{})); !ok || e.Rate != 2000 {
		t.Errorf("rate: %v", e)
	}
	if e, ok := errors.AsType[*upload.RateError](refused(string(read(t, "mp3-8000-1.mp3")), upload.Limits{})); !ok || e.Kind != upload.MP3 || e.Rate != 8000 {
		t.Errorf("MPEG-2.5: %v", e)
	}
	if e, ok := errors.AsType[*upload.EmptyError](refused(wav(1, 1, 8000, 16, ""), upload.Limits{})); !ok {
		t.Errorf("no samples: %v", e)
	}
	if e, ok := errors.AsType[*upload.TooLongError](refused(long, upload.Limits{Samples: 8000})); !ok || !strings.Contains(e.Error(), "1 seconds") {
		t.Errorf("too long: %v", e)
	}
	if e, ok := errors.AsType[*upload.TooBigError](refused(long, upload.Limits{Bytes: 10000})); !ok || e.Kind != upload.WAV {
		t.Errorf("too big: %v", e)
	}
	if err := refused(long, upload.Limits{Bytes: int64(len(long)), Samples: 9000}); err != nil {
		t.Errorf("just within: %v", err)
	}
	for _, name := range []string{"vorbis-44100-1.ogg", "flac-48000-2.flac", "opus-1.opus"} {
		b := read(t, name)
		if e, ok := errors.AsType[*upload.DamagedError](refused(string(b[:70]), upload.Limits{})); !ok || !strings.Contains(e.Error(), "damaged") {
			t.Errorf("%s: %v", name, e)
		}
	}
	disk := errors.New("the disk is gone")
	if _, err := upload.Read(io.MultiReader(bytes.NewReader([]byte(long)[:9000]), broken{disk}), upload.Limits{}); !errors.Is(err, disk) {
		t.Errorf("the reader's own error became %v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// A file that is cut gives what is whole in it.
func TestCutFilesAreReadAsFarAsTheyGo(t *testing.T) {
	for _, name := range []string{
		"vorbis-48000-2.ogg", "mp3-48000-2.mp3", "mp3-22050-1.mp3", "flac-44100-1-24.flac", "wav-11025-1-24.wav", "wav-float-8000-2.wav",
	} {
		b := read(t, name)
		whole, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := upload.Read(bytes.NewReader(b[:len(b)*3/4]), upload.Limits{})
		if err != nil {
			if name == "vorbis-48000-2.ogg" { // all its sound is in one page
				continue
			}
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(s.Samples); n < len(whole.Samples)/4 || n > len(whole.Samples)*9/10 {
			t.Errorf("%s: %d of %d samples", name, n, len(whole.Samples))
		}
	}
}

// Bytes that are wrong in the middle of a stream cost some of the sound and not all of it, or are refused as damage; they never break the box.
func TestDamageInTheMiddle(t *testing.T) {
	b := read(t, "mp3-48000-2.mp3")
	for i := 3000; i < 3400; i++ {
		b[i] ^= 0xA5
	}
	s, err := upload.Read(bytes.NewReader(b), upload.Limits{})
	if err != nil || len(s.Samples) < 4000 {
		t.Errorf("%d samples, %v", len(s.Samples), err)
	}
	b = read(t, "flac-48000-2.flac")
	b[len(b)/2] ^= 0xFF
	if _, err := upload.Read(bytes.NewReader(b), upload.Limits{}); err == nil {
		t.Error("a FLAC file whose checksum is wrong was accepted")
	} else if _, ok := errors.AsType[*upload.DamagedError](err); !ok {
		t.Error(err)
	}
}
