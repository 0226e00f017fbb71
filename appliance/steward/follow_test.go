package steward

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// growing is a journal that gets a line between two questions.
type growing struct {
	mu    sync.Mutex
	lines []LogLine
}

func (g *growing) Lines(_ context.Context, _ []string, n int, after string) ([]LogLine, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := slices.Clone(g.lines)
	if after != "" {
		found = found[slices.IndexFunc(found, func(l LogLine) bool { return l.Cursor == after })+1:]
	} else {
		found = found[max(0, len(found)-n):]
	}
	number := len(g.lines)
	g.lines = append(g.lines, LogLine{Unit: Core, Words: strconv.Itoa(number), Cursor: "s=" + strconv.Itoa(number)})
	return found, nil
}

func TestFollowGivesEachLineOnce(t *testing.T) {
	for _, c := range []struct {
		held, last int
		want       []string
	}{
		{3, 2, []string{"1", "2", "3", "4"}},
		{3, 0, []string{"3", "4", "5", "6"}},
		{0, 5, []string{"0", "1", "2", "3"}}, // an empty journal tells no place to begin
	} {
		journal := &growing{}
		for i := range c.held {
			journal.lines = append(journal.lines, LogLine{Words: strconv.Itoa(i), Cursor: "s=" + strconv.Itoa(i)})
		}
		client, _, _ := serve(t, func(o *Options) { o.Journal = journal })
		var got []string
		err := client.Follow(t.Context(), nil, c.last, func(l LogLine) bool {
			got = append(got, l.Words)
			return len(got) < len(c.want)
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("held %d, last %d: %v, %v, want %v", c.held, c.last, got, err, c.want)
		}
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	client, _, _ := serve(t, nil)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := client.Follow(ctx, nil, 0, func(LogLine) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}
