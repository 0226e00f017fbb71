package wav

import (
	"bytes"
	"io"
)

// Mend makes the sizes in the header of a file of this package's Writer fit the
// file, as after a crash, and says whether they did not. A sample that is cut is
// left out of them; nothing is cut off the file. What is not such a file is
// refused and left as it is.
func Mend(f io.ReadWriteSeeker) (mended bool, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	format, size, err := readTelephone(f)
	if err != nil {
		return false, err
	}
	head := format.headerSize()
	ours, there := header(format), make([]byte, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	if _, err := io.ReadFull(f, there); err != nil {
		return false, short(err, ErrMalformed)
	}
	for _, b := range [][]byte{ours, there} { // but for the sizes
		clear(b[riffSizeAt : riffSizeAt+4])
		clear(b[head-4:])
		if format.Encoding != PCM16 {
			clear(b[factCountAt : factCountAt+4])
		}
	}
	if !bytes.Equal(ours, there) {
		return false, ErrMalformed
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	length, frame := end-head, int64(format.FrameBytes())
	// What a crash leaves: sizes never filled in, those of an older checkpoint, or samples that never reached the disk. What may stand behind
	// the samples is a byte of padding, or a part of one.
	if rest := length - size; size >= 0 && size%frame == 0 && (rest == 0 || rest == 1 && size&1 != 0 || rest > 0 && rest < frame) {
		return false, nil
	}
	w := Writer{w: f, format: format}
	w.data = min(length, unknown-head-1)
	w.data -= w.data % frame
	if w.data&1 != 0 && length == w.data { // the padding is missing
		if _, err := f.Write([]byte{0}); err != nil {
			return false, err
		}
	}
	if err := w.sizes(); err != nil {
		return false, err
	}
	_, err = f.Seek(0, io.SeekEnd)
	return true, err
}
