// Package stack is the box's SIP socket: it reads and writes the messages of phones and carriers, repeats what got lost, and keeps strangers out.
//
// It stands on sipgo's parser, transports and transaction state machines, and on nothing above them. Its user is one [Sink].
//
// What needs no transaction stands in rooms below it: door (who may speak), socket and stream (UDP, and connections), stun and hop (addresses),
// spelling and verdict (what a message says, and what it is owed), draft (what is written), ladder (what is remembered) and certs.
//
//	s, err := stack.New(stack.Config{Sink: sink, Firewall: stack.Firewall{Trusted: lan, Admitted: trunks}})
//	local, err := s.Listen(stack.UDP(addr), advertise) // or s.Serve(conn, advertise) with a conn of one's own
//	local, err = s.ListenOn(stack.Endpoint{Transport: flow.TLS, Addr: addr}) // TCP, TLS, WS, WSS; or ServeStream with a listener of one's own
//	tx, err := s.Send(req, stack.Flow{Local: local, Remote: phone}) // INVITE, BYE, OPTIONS, … with retransmissions
//	err = tx.Cancel()                                               // §9.1
//	err = s.SendDirect(ack, tx.Flow())                              // the ACK of a 2xx
//	err = s.Close()                                                 // waits for every goroutine
//
// # Order
//
// Every message reaches the Sink on the goroutine that read it from the wire, in the order of the wire, before the next one is read: a 180
// that was sent before a 200 is seen before it. sipgo's transaction layer starts a goroutine for each message and so loses that order; this
// package therefore keeps its own table of sipgo's transactions and runs each message through its transaction before handing it over.
// Retransmissions are absorbed on the way: the Sink sees a request once, a response once. Three things pass through every time, since only
// the dialog can tell what they mean: the ACK of a 2xx, the retransmission of a 2xx to an INVITE (it asks for the ACK again), and a 2xx to an
// INVITE whose transaction is gone (Response.Transaction is nil).
//
// The Sink must not block: it puts the message in the mailbox of the leg, the registrar or the trunk, and returns. Messages of several
// listeners, and failures, come from several goroutines. A Sink that panics costs one message: it is logged and, for a request, answered 500.
//
// # What the stack does on its own
//
//   - It answers each new INVITE 100 Trying at once, so that the caller stops repeating it.
//   - It answers a CANCEL: 200 when its INVITE waits for a final response, 481 when there is none. The Sink then gets the CANCEL with
//     Request.Cancels set to the INVITE, and answers that INVITE itself (487): nothing is sent behind its back.
//   - It sends the ACK of a 3xx–6xx (RFC 3261 §17.1.1.3), also for each repetition.
//   - It gives every response to one request the same To tag, [Request.Tag], also the 200 to its CANCEL.
//   - It fills in the missing: Via, Max-Forwards, Content-Length; received and rport in the Via of requests (§18.2.1, RFC 3581).
//   - It answers 400 to a request that cannot be parsed, when a response can be made of what is there.
//   - It refuses by itself what no Sink could handle (see [Config.Allow], verdict.Judge and docs/sip-torture.md) and leaves of a body
//     with several parts the session description alone.
//   - It shuts out scanners and guessers, longer each time (see [Firewall]), and answers 503 with Retry-After before a transaction
//     exists when there is more to do than it can: what belongs to a call that is up is never refused, then come new calls, phones that
//     register again, other phones, and the rest (see [Intake] and door.Class).
//   - It says in Server what it is only to whom [Request.Vouch] was called for.
//   - It retransmits requests (timers A, B, E, F) and final responses other than 2xx to INVITE (G, H); the 2xx of an INVITE is repeated by
//     the leg, which calls [Request.Respond] again with it. An INVITE client transaction that has got a provisional response lives
//     until a final one comes or [Transaction.Abandon] is called: timer C is the leg's.
//
// # Flows
//
// A [Flow] is the transport and the pair of addresses that a message travels between. Requests go to the flow they are given, whatever their
// Request-URI and Route say; responses go back the way RFC 3261 §18.2.2 and RFC 3581 rule. Names are resolved by whoever makes the flow, never
// here.
//
// A flow over TCP, TLS or a WebSocket is one connection: the one the peer made, or, for TCP and TLS, one that Send makes when there is none.
// Nobody waits for a connection: what is written before it stands, or while the peer is slow, waits in a bounded queue. When it ends, the
// transactions on it fail at once and a [FlowSink] is told. Each connection has a goroutine that reads, and delivers in the order of the
// wire as a socket does, and one that writes; [Streams] bounds their number, their memory and their time. [Stack.KeepAlive] keeps a flow
// open and notices its end (RFC 5626); pings of peers, and STUN over UDP, are answered here. A request too large for UDP goes as
// [Config].Large says.
package stack
