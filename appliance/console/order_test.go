package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
)

// An order reaches the box by its name, with its fields and who asked; what came of it comes back, and so do refusals, in words.
func TestOrder(t *testing.T) {
	box := &fakeBox{}
	c := serve(t, box)
	done, err := c.Order(t.Context(), "call.park", map[string]any{"agent": "ana"})
	if err != nil || done.Slot != "701" || len(box.orders) != 1 {
		t.Fatalf("%+v, %v, %+v", done, err, box.orders)
	}
	if o := box.orders[0]; o.Name != "call.park" || string(o.Fields) != `{"agent":"ana"}` || o.By == "" || o.By == "uid:unknown" {
		t.Fatalf("%+v", o)
	}
	box.refuse = &Refused{Reasons: []fact.Reason{{Code: "agent.unknown", Detail: "zoe"}, {Code: "rights.missing"}, {Code: "x.y", Detail: "z"}, {Code: "x.y"}}}
	_, err = c.Order(t.Context(), "call.hold", nil)
	const want = "refused: there is no such agent (agent.unknown: zoe); the supervisor does not have that right (rights.missing); x.y (z); x.y"
	if refused, ok := errors.AsType[*Refused](err); !ok || refused.Error() != want {
		t.Fatalf("%v, want %s", err, want)
	}
	box.refuse = fmt.Errorf("%w: there is no command %q", ErrCommand, "call.dance")
	if _, err = c.Order(t.Context(), "call.dance", nil); !errors.Is(err, ErrCommand) || !strings.Contains(err.Error(), "call.dance") {
		t.Fatal(err)
	}
}

// A list as long as a campaign takes it reaches the box, whatever its bytes cost in JSON.
func TestALongListReachesTheBox(t *testing.T) {
	box := &fakeBox{}
	list := strings.Repeat("\"a\"\n", campaign.MaxListBytes/4)
	if _, err := serve(t, box).Order(t.Context(), "campaign.import", map[string]any{"campaign": "relance", "list": list}); err != nil {
		t.Fatal(err)
	}
	var got struct{ List string }
	if err := json.Unmarshal(box.orders[0].Fields, &got); err != nil || got.List != list {
		t.Errorf("%d bytes arrived of %d, %v", len(got.List), len(list), err)
	}
}

func TestGarbledOrdersAreRefused(t *testing.T) {
	h := handler{box: &fakeBox{}, allowed: map[uint32]bool{4242: true}, slots: make(chan struct{}, 1), log: slog.New(slog.DiscardHandler)}
	for _, body := range []string{`{"command":5}`, `{"command":"call.hold"`, `[]`, `{"command":"` + strings.Repeat("x", maxCommand) + `"}`} {
		rec := newRecorder()
		req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), peerKey{}, peer{uid: 4242}), http.MethodPost, "/v1/command", strings.NewReader(body))
		h.routes().ServeHTTP(rec, req)
		if rec.status != http.StatusBadRequest {
			t.Errorf("%.40s got %d", body, rec.status)
		}
	}
}
