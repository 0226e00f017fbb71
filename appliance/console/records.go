package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Records is what the commands ask of a box about recordings, messages and the people in them. by is who asks; every reading and erasing is told in the
// journal with it. What is not there is an error with [ErrNotFound]; what was erased, is being made, or is kept by somebody says so in its sentence.
type Records interface {
	Recordings(ctx context.Context, q RecordsQuery) ([]Recording, error)
	Recording(ctx context.Context, id string) (Recording, error)
	// ReadRecording writes a WAV file; how is "play" or "export".
	ReadRecording(ctx context.Context, id, by, how string, w io.Writer) error
	KeepRecording(ctx context.Context, id string, keep bool, by string) error
	EraseRecording(ctx context.Context, id, by string) error

	Messages(ctx context.Context, q RecordsQuery) ([]VoiceMessage, error)
	// ReadMessage writes a WAV file; to play it makes it heard.
	ReadMessage(ctx context.Context, id, by, how string, w io.Writer) error
	// MarkMessage makes a message "heard" or "saved".
	MarkMessage(ctx context.Context, id, state, by string) error
	EraseMessage(ctx context.Context, id, by string) error

	// ExportCaller writes a ZIP of everything the box keeps of a number's owner (RGPD art. 15).
	ExportCaller(ctx context.Context, number, by string, w io.Writer) error
	// EraseCaller forgets them: their number and name in every fact, every recording and message, and that they want to be called back (RGPD art. 17).
	EraseCaller(ctx context.Context, number, by string) (Forgotten, error)
}

// RecordsQuery limits a list. The zero value asks for the newest hundred.
type RecordsQuery struct {
	Call    string
	Queue   string
	Agent   string
	Caller  string // a number
	Box     string // of messages: "queue:rouge", "extension:204"
	Since   time.Time
	Present bool // without what was erased
	Most    int
}

// Recording is one recording object.
type Recording struct {
	ID        string    `json:"id"`
	Call      string    `json:"call"`
	Subject   string    `json:"subject,omitempty"` // of the outside party
	Queues    []string  `json:"queues,omitempty"`
	Agents    []string  `json:"agents,omitempty"`
	Started   time.Time `json:"started"`
	SoundMS   int64     `json:"sound_ms"`
	Segments  []Segment `json:"segments,omitempty"`
	State     string    `json:"state"` // "open", "closed", "cut", "erased"
	Error     string    `json:"error,omitempty"`
	StartedBy string    `json:"started_by,omitempty"` // empty: the queue's rule
	StoppedBy string    `json:"stopped_by,omitempty"` // empty: with the conversation
	Reason    string    `json:"reason,omitempty"`
	Basis     string    `json:"basis,omitempty"`
	Keep      string    `json:"keep,omitempty"` // "keep", "discard"
	KeepBy    string    `json:"keep_by,omitempty"`
	ErasedBy  string    `json:"erased_by,omitempty"`
	ErasedWhy string    `json:"erased_why,omitempty"`
}

// Segment is a stretch of a recording without a gap; their lengths add up to its length.
type Segment struct {
	Start    time.Time `json:"start,omitzero"`
	OffsetMS int64     `json:"offset_ms"`
	SoundMS  int64     `json:"sound_ms"`
	Why      string    `json:"why,omitempty"`
	Until    string    `json:"until,omitempty"` // what it was paused for
}

// VoiceMessage is one message in a mailbox.
type VoiceMessage struct {
	ID      string    `json:"id"`
	Box     string    `json:"box"`
	Call    string    `json:"call"`
	Caller  string    `json:"caller,omitempty"` // number; empty: withheld, or forgotten
	Left    time.Time `json:"left"`
	SoundMS int64     `json:"sound_ms"`
	State   string    `json:"state"` // "open", "new", "heard", "saved", "erased"
	Error   string    `json:"error,omitempty"`
	HeardBy string    `json:"heard_by,omitempty"`
}

// Forgotten says what went with a caller.
type Forgotten struct {
	Subject    string   `json:"subject"`
	Subjects   []string `json:"subjects,omitempty"` // every name facts had for them, Subject among them
	Recordings int      `json:"recordings"`
	Messages   int      `json:"messages"`
	Callbacks  int      `json:"callbacks"` // they will not be called back any more
}

func (q RecordsQuery) values() url.Values {
	v := url.Values{}
	for name, is := range map[string]string{"call": q.Call, "queue": q.Queue, "agent": q.Agent, "caller": q.Caller, "box": q.Box} {
		if is != "" {
			v.Set(name, is)
		}
	}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.UTC().Format(time.RFC3339))
	}
	if q.Present {
		v.Set("present", "true")
	}
	if q.Most > 0 {
		v.Set("most", strconv.Itoa(q.Most))
	}
	return v
}

// mostRecords bounds one list.
const mostRecords = 10_000

func recordsQuery(v url.Values) (q RecordsQuery, err error) {
	q = RecordsQuery{Call: v.Get("call"), Queue: v.Get("queue"), Agent: v.Get("agent"), Caller: v.Get("caller"), Box: v.Get("box"), Present: v.Get("present") == "true"}
	if since := v.Get("since"); since != "" {
		if q.Since, err = time.Parse(time.RFC3339, since); err != nil {
			return q, fmt.Errorf("since: %w", err)
		}
	}
	if most := v.Get("most"); most != "" {
		if q.Most, err = strconv.Atoi(most); err != nil || q.Most < 1 || q.Most > mostRecords {
			return q, fmt.Errorf("most: choose 1 to %d", mostRecords)
		}
	}
	return q, nil
}

// records adds the routes.
func (h handler) records(mux *http.ServeMux) {
	list := func(answerTo func(context.Context, RecordsQuery) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			q, err := recordsQuery(r.URL.Query())
			if err != nil {
				fail(w, http.StatusBadRequest, err)
				return
			}
			answer(w)(answerTo(r.Context(), q))
		}
	}
	mux.HandleFunc("GET /v1/recordings", list(func(ctx context.Context, q RecordsQuery) (any, error) { return h.box.Recordings(ctx, q) }))
	mux.HandleFunc("GET /v1/recordings/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(h.box.Recording(r.Context(), r.PathValue("id")))
	})
	mux.HandleFunc("GET /v1/recordings/{id}/wav", h.sound(func(r *http.Request, how string, w io.Writer) error {
		return h.box.ReadRecording(r.Context(), r.PathValue("id"), asker(r), how, w)
	}))
	mux.HandleFunc("PUT /v1/recordings/{id}/keep", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Keep bool `json:"keep"`
		}
		if !h.read(w, r, &in) {
			return
		}
		answer(w)(struct{}{}, h.box.KeepRecording(r.Context(), r.PathValue("id"), in.Keep, asker(r)))
	})
	mux.HandleFunc("DELETE /v1/recordings/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(struct{}{}, h.box.EraseRecording(r.Context(), r.PathValue("id"), asker(r)))
	})
	mux.HandleFunc("GET /v1/messages", list(func(ctx context.Context, q RecordsQuery) (any, error) { return h.box.Messages(ctx, q) }))
	mux.HandleFunc("GET /v1/messages/{id}/wav", h.sound(func(r *http.Request, how string, w io.Writer) error {
		return h.box.ReadMessage(r.Context(), r.PathValue("id"), asker(r), how, w)
	}))
	mux.HandleFunc("PUT /v1/messages/{id}/state", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			State string `json:"state"`
		}
		if !h.read(w, r, &in) {
			return
		}
		if in.State != "heard" && in.State != "saved" {
			fail(w, http.StatusBadRequest, fmt.Errorf("a message is made heard or saved, not %q", in.State))
			return
		}
		answer(w)(struct{}{}, h.box.MarkMessage(r.Context(), r.PathValue("id"), in.State, asker(r)))
	})
	mux.HandleFunc("DELETE /v1/messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(struct{}{}, h.box.EraseMessage(r.Context(), r.PathValue("id"), asker(r)))
	})
	mux.HandleFunc("GET /v1/callers/{number}/all", func(w http.ResponseWriter, r *http.Request) {
		h.file(w, r, "application/zip", func(out io.Writer) error {
			return h.box.ExportCaller(r.Context(), r.PathValue("number"), asker(r), out)
		})
	})
	mux.HandleFunc("DELETE /v1/callers/{number}", func(w http.ResponseWriter, r *http.Request) {
		answer(w)(h.box.EraseCaller(r.Context(), r.PathValue("number"), asker(r)))
	})
}

// asker is who is at the other end, as facts name them.
func asker(r *http.Request) string {
	if p, ok := r.Context().Value(peerKey{}).(peer); ok {
		return userName(p.uid)
	}
	return "uid:unknown"
}

// read takes a small body.
func (h handler) read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		fail(w, http.StatusBadRequest, err)
		return false
	}
	return true
}

// sound answers with a WAV file; ?how=play says that it is to be heard, not kept.
func (h handler) sound(read func(r *http.Request, how string, w io.Writer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		how := "export"
		if r.URL.Query().Get("how") == "play" {
			how = "play"
		}
		h.file(w, r, "audio/wav", func(out io.Writer) error { return read(r, how, out) })
	}
}

// file answers with what is written, or with the error that came before the first byte.
func (h handler) file(w http.ResponseWriter, r *http.Request, kind string, write func(io.Writer) error) {
	body := &lazyBody{w: w, kind: kind}
	err := write(body)
	switch {
	case err == nil:
	case body.started:
		h.log.Warn("an export broke off", "of", r.Pattern, "err", err) // the path may have a number in it
		panic(http.ErrAbortHandler)                                    // the only way HTTP tells the reader that what it has is not whole
	default:
		answer(w)(nil, err)
	}
}

// lazyBody sends the header with the first byte, so that an error before it is still an error to the client.
type lazyBody struct {
	w       http.ResponseWriter
	kind    string
	started bool
}

func (b *lazyBody) Write(p []byte) (int, error) {
	if !b.started {
		b.started = true
		b.w.Header().Set("Content-Type", b.kind)
	}
	return b.w.Write(p)
}

// Recordings asks for a list of recordings.
func (c *Client) Recordings(ctx context.Context, q RecordsQuery) ([]Recording, error) {
	return ask[[]Recording](ctx, c, http.MethodGet, "/v1/recordings?"+q.values().Encode(), nil)
}

// Recording asks for one.
func (c *Client) Recording(ctx context.Context, id string) (Recording, error) {
	return ask[Recording](ctx, c, http.MethodGet, "/v1/recordings/"+url.PathEscape(id), nil)
}

// KeepRecording asks the box to keep a recording until its days are over, or to let it go now.
func (c *Client) KeepRecording(ctx context.Context, id string, keep bool) error {
	_, err := ask[struct{}](ctx, c, http.MethodPut, "/v1/recordings/"+url.PathEscape(id)+"/keep", map[string]bool{"keep": keep})
	return err
}

// EraseRecording asks the box to forget a recording for ever.
func (c *Client) EraseRecording(ctx context.Context, id string) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/recordings/"+url.PathEscape(id), nil)
	return err
}

// ReadRecording copies a recording to w as WAV; how is "play" or "export".
func (c *Client) ReadRecording(ctx context.Context, id, how string, w io.Writer) error {
	return c.copy(ctx, "/v1/recordings/"+url.PathEscape(id)+"/wav?how="+how, w)
}

// Messages asks for a list of messages.
func (c *Client) Messages(ctx context.Context, q RecordsQuery) ([]VoiceMessage, error) {
	return ask[[]VoiceMessage](ctx, c, http.MethodGet, "/v1/messages?"+q.values().Encode(), nil)
}

// ReadMessage copies a message to w as WAV; to "play" it makes it heard, to "export" it does not.
func (c *Client) ReadMessage(ctx context.Context, id, how string, w io.Writer) error {
	return c.copy(ctx, "/v1/messages/"+url.PathEscape(id)+"/wav?how="+how, w)
}

// MarkMessage makes a message "heard" or "saved".
func (c *Client) MarkMessage(ctx context.Context, id, state string) error {
	_, err := ask[struct{}](ctx, c, http.MethodPut, "/v1/messages/"+url.PathEscape(id)+"/state", map[string]string{"state": state})
	return err
}

// EraseMessage asks the box to forget a message for ever.
func (c *Client) EraseMessage(ctx context.Context, id string) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/messages/"+url.PathEscape(id), nil)
	return err
}

// ExportCaller copies everything the box keeps of a number's owner to w, as a ZIP file.
func (c *Client) ExportCaller(ctx context.Context, number string, w io.Writer) error {
	return c.copy(ctx, "/v1/callers/"+url.PathEscape(number)+"/all", w)
}

// EraseCaller asks the box to forget a number's owner for ever.
func (c *Client) EraseCaller(ctx context.Context, number string) (Forgotten, error) {
	return ask[Forgotten](ctx, c, http.MethodDelete, "/v1/callers/"+url.PathEscape(number), nil)
}

// copy copies a file of the box.
func (c *Client) copy(ctx context.Context, path string, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the file broke off: %w", err)
	}
	return nil
}
