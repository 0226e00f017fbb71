package central

import (
	"context"
	"sync"
	"time"

	"autocom/cloud-sync/wire"
)

const (
	noteEach   = 5 * time.Minute  // how often a box's last word goes into the store
	silentFor  = 90 * time.Second // a box without a stream that said nothing for so long is not connected: it reports each minute
	mostUnread = 64               // changes a watcher may be behind; then the oldest are dropped
)

// live is what is true now and need not survive the program: who is connected, what boxes last said, who watches. Nothing in it is called while its
// lock is held.
type live struct {
	mu       sync.Mutex
	boxes    map[DeviceID]*presence
	watchers map[*watcher]struct{}
}

// presence is one box now.
type presence struct {
	status wire.Status
	at     time.Time // of the status
	word   time.Time // last, of any kind
	stream *stream   // nil: none is open
}

// stream is a box's open stream: one nudge waits at most, and takes in those that come meanwhile.
type stream struct{ nudges chan wire.Nudge }

// watcher is somebody who looks at a tenant's sites, at one of them closely.
type watcher struct {
	tenant  TenantID
	site    SiteID // "": at none closely
	changes chan Change
}

func newLive() *live {
	return &live{boxes: map[DeviceID]*presence{}, watchers: map[*watcher]struct{}{}}
}

// box is the presence of a device; l.mu is held.
func (l *live) box(id DeviceID) *presence {
	p := l.boxes[id]
	if p == nil {
		p = &presence{}
		l.boxes[id] = p
	}
	return p
}

// spoke notes a word of a box.
func (l *live) spoke(d Device, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.box(d.ID).word = at
}

// heard notes a status and reports whether somebody looks.
func (l *live) heard(d Device, s wire.Status, at time.Time) bool {
	l.mu.Lock()
	p := l.box(d.ID)
	p.status, p.at, p.word = s, at, at
	watched := l.watched(d.Site)
	l.mu.Unlock()
	l.tell(d.Tenant, Change{Site: d.Site, What: "status"})
	return watched
}

// watched reports whether somebody looks at a site closely; l.mu is held.
func (l *live) watched(id SiteID) bool {
	for w := range l.watchers {
		if w.site == id {
			return true
		}
	}
	return false
}

// of is how a box is now.
func (l *live) of(d Device, at time.Time) Live {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.boxes[d.ID]
	if p == nil {
		return Live{}
	}
	return Live{Status: p.status, At: p.at, Connected: !d.Revoked && (p.stream != nil || at.Sub(p.word) < silentFor)}
}

// refresh puts the last word in a device from the store, which notes it now and then only.
func (l *live) refresh(d *Device) {
	if d == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.boxes[d.ID]; p != nil && p.word.After(d.Seen) {
		d.Seen = p.word
	}
}

// open opens the stream of a box, in place of the one it had, until the context ends.
func (l *live) open(ctx context.Context, d Device, first wire.Nudge) <-chan wire.Nudge {
	s := &stream{nudges: make(chan wire.Nudge, 1)}
	l.mu.Lock()
	p := l.box(d.ID)
	if p.stream != nil {
		close(p.stream.nudges)
	}
	p.stream = s
	first.Watched = l.watched(d.Site)
	s.nudges <- first
	l.mu.Unlock()
	context.AfterFunc(ctx, func() {
		if l.shut(d.ID, s) {
			l.tell(d.Tenant, Change{Site: d.Site, What: "device"})
		}
	})
	return s.nudges
}

// shut closes a stream if it is still the one of its box.
func (l *live) shut(id DeviceID, s *stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.boxes[id]
	if p == nil || p.stream != s {
		return false
	}
	p.stream = nil
	close(s.nudges)
	return true
}

// hangUp forgets a box that was shut out.
func (l *live) hangUp(id DeviceID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.boxes[id]; p != nil && p.stream != nil {
		close(p.stream.nudges)
	}
	delete(l.boxes, id)
}

// nudge tells a box, if it has a stream. What waits already and what is new become one.
func (l *live) nudge(id DeviceID, n wire.Nudge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.boxes[id]
	if p == nil || p.stream == nil {
		return
	}
	select {
	case old := <-p.stream.nudges:
		n = wire.Nudge{Desired: max(n.Desired, old.Desired), Watched: n.Watched || old.Watched, Facts: n.Facts || old.Facts}
	default:
	}
	p.stream.nudges <- n // there is room: whoever puts something in holds the lock
}

// watch opens the changes of a tenant until the context ends, and nudges the box of the site that is looked at closely.
func (l *live) watch(ctx context.Context, t TenantID, id SiteID) <-chan Change {
	w := &watcher{tenant: t, site: id, changes: make(chan Change, mostUnread)}
	l.mu.Lock()
	l.watchers[w] = struct{}{}
	l.mu.Unlock()
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, w)
		close(w.changes)
	})
	return w.changes
}

// tell tells everybody who watches a tenant. Of a reader that is too slow the oldest changes are dropped, never the last.
func (l *live) tell(t TenantID, c Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.watchers {
		if w.tenant != t {
			continue
		}
		select {
		case w.changes <- c:
			continue
		default:
		}
		select {
		case <-w.changes:
		default:
		}
		w.changes <- c // there is room: whoever puts something in holds the lock
	}
}

// Watch tells changes of a tenant's sites until the context ends; a reader that is too slow misses some, never the last. While it is open, the box of
// the named site, if one is named, sends its status every two seconds. Of a site of another tenant the channel is closed at once.
func (c *Cloud) Watch(ctx context.Context, t TenantID, id SiteID) <-chan Change {
	var s Site
	var err error
	if id != "" {
		s, err = c.Store.Site(ctx, t, id, now())
	} else {
		_, err = c.Store.Tenant(ctx, t)
	}
	if err != nil {
		closed := make(chan Change)
		close(closed)
		return closed
	}
	changes := c.live.watch(ctx, t, id)
	if s.Device != nil {
		c.live.nudge(s.Device.ID, wire.Nudge{Watched: true})
	}
	return changes
}
