package upload

import "bytes"

// A Kind is a kind of file, told by its first bytes and never by its name. Its value is a stable code for catalogues of sentences.
type Kind string

// The kinds that are read.
const (
	WAV    Kind = "wav"
	MP3    Kind = "mp3"
	Vorbis Kind = "vorbis"
	FLAC   Kind = "flac"
	Opus   Kind = "opus"
)

// The kinds that are known and refused, each with its own remedy.
const (
	Unknown  Kind = "unknown"
	Empty    Kind = "empty"
	MPEG4    Kind = "mpeg4" // AAC or ALAC, .m4a .mp4 .3gp
	AAC      Kind = "aac"   // bare ADTS
	AIFF     Kind = "aiff"
	AU       Kind = "au"
	AMR      Kind = "amr"
	WMA      Kind = "wma" // ASF
	MIDI     Kind = "midi"
	Matroska Kind = "matroska" // WebM
	AVI      Kind = "avi"
	RF64     Kind = "rf64"
	OggOther Kind = "ogg"  // Speex, Theora, FLAC in Ogg
	MPEGLow  Kind = "mpeg" // MPEG audio layers I and II
	ZIP      Kind = "zip"
	PDF      Kind = "pdf"
	Picture  Kind = "picture"
	Page     Kind = "html"
)

// Name is how a person calls the kind.
func (k Kind) Name() string {
	switch k {
	case WAV:
		return "a WAVE file"
	case MP3:
		return "an MP3 file"
	case Vorbis:
		return "an Ogg Vorbis file"
	case FLAC:
		return "a FLAC file"
	case Opus:
		return "an Ogg Opus file"
	case Empty:
		return "an empty file"
	case MPEG4:
		return "an MPEG-4 file (AAC)"
	case AAC:
		return "an AAC file"
	case AIFF:
		return "an AIFF file"
	case AU:
		return "a Sun AU file"
	case AMR:
		return "an AMR file"
	case WMA:
		return "a Windows Media file"
	case MIDI:
		return "a MIDI file, which holds notes and no sound"
	case Matroska:
		return "a Matroska or WebM file"
	case AVI:
		return "an AVI film"
	case RF64:
		return "a WAVE file of more than 4 GiB (RF64)"
	case OggOther:
		return "an Ogg file that holds neither Vorbis nor Opus"
	case MPEGLow:
		return "an MPEG audio file of layer I or II"
	case ZIP:
		return "an archive (ZIP)"
	case PDF:
		return "a PDF document"
	case Picture:
		return "a picture"
	case Page:
		return "a web page, maybe saved in the place of a sound"
	default:
		return "a file of an unknown kind"
	}
}

// sniff tells the kind by the first bytes.
func sniff(b []byte) Kind {
	at := func(i int, magic string) bool { return len(b) >= i+len(magic) && string(b[i:i+len(magic)]) == magic }
	switch {
	case len(b) == 0:
		return Empty
	case at(0, "RIFF") && at(8, "WAVE"):
		return WAV
	case at(0, "RIFF") && at(8, "AVI "):
		return AVI
	case at(0, "RF64"), at(0, "BW64"):
		return RF64
	case at(0, "OggS"):
		return sniffOgg(b)
	case at(0, "fLaC"):
		return FLAC
	case at(4, "ftyp"):
		return MPEG4
	case at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")):
		return AIFF
	case at(0, ".snd"):
		return AU
	case at(0, "#!AMR"):
		return AMR
	case at(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
		return WMA
	case at(0, "MThd"):
		return MIDI
	case at(0, "\x1a\x45\xdf\xa3"):
		return Matroska
	case at(0, "PK\x03\x04"):
		return ZIP
	case at(0, "%PDF"):
		return PDF
	case at(0, "\x89PNG"), at(0, "\xff\xd8\xff"), at(0, "GIF8"):
		return Picture
	}
	text := bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 256)], " \t\r\n\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("<!doctype")) || bytes.HasPrefix(text, []byte("<html")) {
		return Page
	}
	return sniffMPEG(b)
}

// sniffOgg tells what the first packet of an Ogg stream announces.
func sniffOgg(b []byte) Kind {
	if len(b) < 28 {
		return OggOther
	}
	packet := b[min(len(b), 27+int(b[26])):]
	switch {
	case bytes.HasPrefix(packet, []byte("\x01vorbis")):
		return Vorbis
	case bytes.HasPrefix(packet, []byte("OpusHead")):
		return Opus
	default:
		return OggOther
	}
}

// sniffMPEG looks for the eleven bits that begin a frame (ISO/IEC 11172-3, 2.4.1.3), past zeros that may stand before it.
func sniffMPEG(b []byte) Kind {
	b = bytes.TrimLeft(b, "\x00")
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE0 != 0xE0 {
		return Unknown
	}
	version, layer := b[1]>>3&3, b[1]>>1&3
	switch {
	case layer == 0 && b[1]&0xF0 == 0xF0:
		return AAC
	case version == 1 || b[2]>>4 == 15 || b[2]>>2&3 == 3 || layer == 0:
		return Unknown
	case layer == 1:
		return MP3
	default:
		return MPEGLow
	}
}
