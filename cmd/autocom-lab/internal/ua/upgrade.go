package ua

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"github.com/coder/websocket"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

// upgrade makes a WebSocket for SIP of a connection (RFC 7118 §4).
func upgrade(ctx context.Context, conn net.Conn, box netip.AddrPort) (wire, error) {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	ws, _, err := websocket.Dial(ctx, //nolint:bodyclose // the answer's body is the WebSocket itself, and the library closes it
		"ws://"+box.String()+"/", &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{"sip"}})
	if err != nil {
		return nil, err
	}
	if ws.Subprotocol() != "sip" {
		_ = ws.CloseNow()
		return nil, fmt.Errorf("it speaks %q over WebSocket, not sip", ws.Subprotocol())
	}
	ws.SetReadLimit(sipmsg.MaxBytes)
	s := &socket{ws: ws, conn: conn, box: box}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}
