package deviceapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// bodyWait is how long a body may take to arrive.
const bodyWait = 30 * time.Second

// read reads a request's JSON, plain or gzip. Neither what arrives nor what it unpacks to may be longer than most, in bytes.
func read(w http.ResponseWriter, r *http.Request, most int64, into any) error {
	// Without a connection of its own (a test) there is no deadline to set, and none is needed.
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	body, err := unpack(http.MaxBytesReader(w, r.Body, most), r.Header.Get("Content-Encoding"), most)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", errBody, err)
	}
	return nil
}

// unpack reads all of a body.
func unpack(body io.Reader, encoding string, most int64) ([]byte, error) {
	switch encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, unread(err)
		}
		body = unzipped
	default:
		return nil, fmt.Errorf("%w: its encoding is neither plain nor gzip", errBody)
	}
	var all bytes.Buffer
	n, err := all.ReadFrom(io.LimitReader(body, most+1))
	if err != nil {
		return nil, unread(err)
	}
	if n > most {
		return nil, fmt.Errorf("%w: %d bytes are the most", errTooLarge, most)
	}
	return all.Bytes(), nil
}

// unread tells a body that is too large from one that is broken or did not arrive.
func unread(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("%w: %d bytes are the most", errTooLarge, e.Limit)
	}
	return fmt.Errorf("%w: %w", errBody, err)
}
