package sealed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Skim reads the marks of a recording and how much sound it says it holds, without opening the sound: an hour is some 3,600 reads of three bytes. The error
// is as Reader's; what came before it is given.
func Skim(in io.ReadSeeker, id string, key Key) (marks []Mark, soundMS int64, err error) {
	end, err := in.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = in.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("sealed recording: %w", err)
	}
	r, err := NewReader(in, id, key)
	if err != nil {
		return nil, 0, err
	}
	err = r.skim(in, end)
	return r.Marks(), r.SoundMS(), err
}

// Resume makes a recording ready for another writer, when its own is gone: what is torn behind the last genuine chunk is cut off, and the file stands where
// NewPart is to begin. It gives the number of that part.
func Resume(file File, id string, key Key) (part uint32, err error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return 0, fmt.Errorf("sealed recording: %w", err)
	}
	good := int64(0) // the box stopped before its header was written
	if end >= headerSize {
		r, err := NewReader(file, id, key)
		if err != nil {
			return 0, err
		}
		if err := r.skim(file, end); err != nil && !errors.Is(err, ErrTruncated) {
			return 0, err
		}
		good, part = r.good, r.part+1
	}
	if err := file.Truncate(good); err != nil {
		return 0, fmt.Errorf("sealed recording: %w", err)
	}
	if _, err := file.Seek(good, io.SeekStart); err != nil {
		return 0, fmt.Errorf("sealed recording: %w", err)
	}
	return part, nil
}

// File is what a recording is resumed in: an *os.File that is open for reading and writing.
type File interface {
	io.ReadSeeker
	Truncate(size int64) error
}

// skim passes over the rest of a file of so many bytes; nil is its end.
func (r *Reader) skim(in io.ReadSeeker, end int64) error {
	for at := int64(headerSize); ; {
		skipped, err := r.skip(in, end-at)
		if err == nil && skipped == 0 {
			var last []byte
			last, err = r.next() // a mark, the last chunk, or the end
			r.given += int64(len(last))
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
		if at, err = in.Seek(0, io.SeekCurrent); err != nil {
			return fmt.Errorf("sealed recording: %w", err)
		}
	}
}

// skip passes over one chunk of sound of which all is there; 0 says that the next is no such chunk, and nothing was read.
func (r *Reader) skip(in io.ReadSeeker, left int64) (int64, error) {
	var prefix [prefixSize]byte
	if left < prefixSize {
		return 0, nil
	}
	if _, err := io.ReadFull(in, prefix[:]); err != nil {
		return 0, fmt.Errorf("sealed recording: %w", err)
	}
	size, flags := int64(binary.BigEndian.Uint16(prefix[:])), prefix[2]
	sound := size - tagSize
	step := size
	if flags != 0 || sound <= 0 || sound > Second || sound%Channels != 0 || prefixSize+size > left || r.chunk == mostChunks {
		sound, step = 0, -prefixSize
	}
	if _, err := in.Seek(step, io.SeekCurrent); err != nil {
		return 0, fmt.Errorf("sealed recording: %w", err)
	}
	if sound > 0 {
		r.given += sound
		r.good += prefixSize + size
		r.chunk++
	}
	return sound, nil
}
