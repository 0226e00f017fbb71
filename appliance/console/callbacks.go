package console

import (
	"context"
	"net/http"
)

// Waiters is what the commands ask of a box about people it is to call back.
type Waiters interface {
	// Callbacks lists who waits to be called back, oldest wish first.
	Callbacks(ctx context.Context) ([]Callback, error)
}

// Callback is somebody who waits to be called back.
type Callback struct {
	ID       string `json:"id"` // by which it is cancelled
	Queue    string `json:"queue"`
	Number   string `json:"number"`
	Source   string `json:"source"`   // "queue", "web", "campaign", "command"
	WaitMS   int64  `json:"wait_ms"`  // since they asked, or came to the queue; below 0: not before that long from now
	Attempts int    `json:"attempts"` // how often they were rung
	Call     string `json:"call,omitempty"`
}

func (h handler) callbacks(w http.ResponseWriter, r *http.Request) {
	answer(w)(h.box.Callbacks(r.Context()))
}

// Callbacks asks who waits to be called back.
func (c *Client) Callbacks(ctx context.Context) ([]Callback, error) {
	return ask[[]Callback](ctx, c, http.MethodGet, "/v1/callbacks", nil)
}
