// Package sealed is the form in which a recorded conversation lies on the disk: one-second pieces, each encrypted on its own, so that a power
// cut costs a second and a lost key costs everything.
//
// A file is a header and then chunks. Multi-byte integers are big-endian.
//
//	header, 48 bytes: "AUTOCREC" | version u16 = 2 | payload type u8 = 8 (PCMA, RFC 3551 §6) | channels u8 = 2 | rate u32 = 8000 Hz |
//	                  first 16 bytes of SHA-256 of the recording's id | nonce base, 8 random bytes | part u32 from 0 | 4 zero bytes
//	chunk:            length u16 of what follows the flags | flags u8 (bit 0: the last chunk, bit 1: a mark) | AES-256-GCM of the content, tag included
//
// The sound of a chunk is interleaved A-law octets, left then right (ITU-T G.711): left is the outside party, right is everything our side sends. A
// chunk holds at most one second; only the last may hold none. Its nonce is the nonce base followed by the chunk's number from 0 in 32 bits,
// and header, number and flags are authenticated with it, so that chunks can be neither exchanged, nor moved, nor left out, and an end without
// the last chunk is noticed. A mark says that the recording begins, is paused or goes on: u8 1 paused or 2 sound | u64 ms since 1970 | why, UTF-8.
// Version 1 has no marks and is read as well. A key seals one file.
//
// A recording that outlives its writer has several parts in one file, one after another: each is a header, with a nonce base of its own and its number, and
// chunks. No writer ever goes on in another's part; one begins where the last genuine chunk of the part before ends (Resume), whether that part has its
// last chunk or not. The whole is whole when its last part is.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// The sound in a file, and the sizes that follow from it.
const (
	KeySize  = 32   // bytes of a key (AES-256)
	Rate     = 8000 // samples per second in each channel
	Channels = 2
	Second   = Rate * Channels // bytes of sound in a full chunk

	magic       = "AUTOCREC"
	version     = 2
	oldVersion  = 1 // without marks
	payloadPCMA = 8
	headerSize  = 48
	hashSize    = 16
	nonceBase   = 8
	prefixSize  = 3
	tagSize     = 16
	flagLast    = 1
	flagMark    = 2
	mostChunks  = 1<<32 - 1
	partAt      = headerSize - 8 // in the header

	// WriterLost is why the gap between two parts is there.
	WriterLost   = "media.restarted"
	additionSize = headerSize + 4 + 1
)

// Key seals one recording.
type Key [KeySize]byte

// String keeps a key out of logs and messages.
func (Key) String() string { return "sealed.Key(…)" }

// Format keeps a key out of every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

var (
	// ErrTruncated says the file ends without its last chunk: the writer died. Everything before was given.
	ErrTruncated = errors.New("the recording ends in the middle: its last part was never written")
	// ErrDamaged says a chunk is not what was written, or the key is not this recording's. Everything before was given.
	ErrDamaged = errors.New("the recording is damaged here, or this is not its key")
	// ErrNotRecording says the file does not begin as one.
	ErrNotRecording = errors.New("not a sealed recording")
	// ErrVersion says a later program wrote the file.
	ErrVersion = errors.New("a later version of the program wrote this recording")
	// ErrOther says the file is another recording than the one asked for.
	ErrOther = errors.New("this file is another recording")
)

// hashOf ties a file to a recording's id without telling it.
func hashOf(id string) [hashSize]byte {
	sum := sha256.Sum256([]byte(id))
	return [hashSize]byte(sum[:hashSize])
}

func newAEAD(key Key) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// place is what changes from chunk to chunk in nonce and additional data; both are kept to be filled in again, so that nothing is allocated.
type place struct {
	nonce    [12]byte
	addition [additionSize]byte
}

func newPlace(header []byte) *place {
	p := &place{}
	copy(p.nonce[:nonceBase], header[headerSize-8-nonceBase:])
	copy(p.addition[:headerSize], header)
	return p
}

func (p *place) set(chunk uint32, flags byte) {
	binary.BigEndian.PutUint32(p.nonce[nonceBase:], chunk)
	binary.BigEndian.PutUint32(p.addition[headerSize:], chunk)
	p.addition[headerSize+4] = flags
}

// parseHeader checks a header against the recording, and the part of it, that it should belong to.
func parseHeader(h []byte, hash [hashSize]byte, part uint32) error {
	if string(h[:8]) != magic {
		return ErrNotRecording
	}
	if v := binary.BigEndian.Uint16(h[8:]); v != version && v != oldVersion {
		return fmt.Errorf("%w (version %d, this program knows %d)", ErrVersion, v, version)
	}
	if h[10] != payloadPCMA || h[11] != Channels || binary.BigEndian.Uint32(h[12:]) != Rate {
		return fmt.Errorf("%w (payload type %d, %d channels, %d Hz)", ErrNotRecording, h[10], h[11], binary.BigEndian.Uint32(h[12:]))
	}
	if [hashSize]byte(h[16:16+hashSize]) != hash {
		return ErrOther
	}
	if binary.BigEndian.Uint32(h[partAt:]) != part {
		return ErrDamaged // a part was taken out, or exchanged
	}
	return nil
}
