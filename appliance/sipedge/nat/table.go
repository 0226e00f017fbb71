package nat

import "sync"

// cell is what one input does in one phase. A cell without do is ignored, for the reason in why.
type cell struct {
	do  func(*Keeper, *Effects, Input)
	why string
}

type cells = [kinds][phases]cell

// on adapts a handler of one input type to a cell.
func on[T Input](why string, do func(*Keeper, *Effects, T)) cell {
	return cell{why: why, do: func(k *Keeper, e *Effects, in Input) {
		if t, ok := in.(T); ok {
			do(k, e, t)
		}
	}}
}

func ignored(why string) cell { return cell{why: why} }

// table is every phase and every input. It is printed to docs/nat-states.md.
//
//nolint:gochecknoglobals // a function value computed once; never assigned again
var table = sync.OnceValue(func() *cells {
	t := &cells{}
	met(t)
	heard(t)
	answered(t)
	due(t)
	for p := range phases {
		t[KindLeft][p] = on("keep nobody", func(k *Keeper, e *Effects, _ Left) { *k = Keeper{}; e.Stop = true })
	}
	t[KindLeft][Idle] = ignored("nobody is kept")
	return t
})

func met(t *cells) {
	for p := range phases {
		t[KindMet][p] = on("known already: the same as Heard", func(k *Keeper, e *Effects, in Met) {
			k.Limits = in.Limits
			if c := t[KindHeard][p]; c.do != nil {
				c.do(k, e, Heard{Mapping: in.Mapping})
			}
		})
	}
	t[KindMet][Idle] = on("wait for the first keep-alive", func(k *Keeper, e *Effects, in Met) {
		*k = Keeper{Limits: in.Limits, Mapping: in.Mapping}
		k.Interval = k.Limits.shortest()
		k.rest(e, Waiting)
		e.After = or(min(in.Delay, k.Interval), k.Interval)
	})
}

func heard(t *cells) {
	row := &t[KindHeard]
	silence := func(k *Keeper, e *Effects, in Heard) {
		k.note(in.Mapping)
		e.After = k.Interval
	}
	quiet := on("its silence begins anew; by another mapping, the one before had run out: shorten it", func(k *Keeper, e *Effects, in Heard) {
		if k.moved(in.Mapping) {
			k.shrink(e, in.Mapping)
			return
		}
		silence(k, e, in)
	})
	row[Idle] = ignored("nobody is kept")
	row[Waiting] = on("its silence begins anew", silence)
	row[Trying] = ignored("whether it answers keep-alives is still open")
	row[Mute] = on("note where it is", func(k *Keeper, _ *Effects, in Heard) { k.note(in.Mapping) })
	row[Climbing], row[Settled] = quiet, quiet
	asked := on("it lives; the answer is still awaited, unless it came by another mapping: then the one before had run out", func(k *Keeper, e *Effects, in Heard) {
		if k.moved(in.Mapping) {
			k.shrink(e, in.Mapping)
		}
	})
	row[Probing], row[Checking] = asked, asked
	row[Missing] = on("it lives and our keep-alives did not reach it: shorten the silence", func(k *Keeper, e *Effects, in Heard) { k.shrink(e, in.Mapping) })
	row[Gone] = on("reachable again; shorten the silence", func(k *Keeper, e *Effects, in Heard) {
		e.Resume = true
		k.shrink(e, in.Mapping)
	})
}

func answered(t *cells) {
	row := &t[KindAnswered]
	// stood shortens the silence when the mapping before had run out, and goes on with then when it had not.
	stood := func(then func(*Keeper, *Effects)) func(*Keeper, *Effects, Answered) {
		return func(k *Keeper, e *Effects, in Answered) {
			if k.moved(in.Mapping) {
				k.shrink(e, in.Mapping)
				return
			}
			k.note(in.Mapping)
			then(k, e)
		}
	}
	row[Idle] = ignored("nobody is kept")
	late := ignored("the answer to one that counted as lost: it changes nothing")
	row[Waiting], row[Climbing], row[Settled] = late, late, late
	row[Trying] = on("it answers such things: lengthen the silence", func(k *Keeper, e *Effects, in Answered) {
		k.note(in.Mapping)
		k.grow(e)
	})
	row[Mute] = on("it answers after all: begin with the shortest silence", func(k *Keeper, e *Effects, in Answered) {
		k.note(in.Mapping)
		k.rest(e, Climbing)
	})
	row[Probing] = on("the mapping stood the silence: lengthen it; another mapping: shorten it and keep to that", stood((*Keeper).grow))
	row[Checking] = on("all is well; another mapping: shorten the silence", stood(func(k *Keeper, e *Effects) { k.rest(e, Settled) }))
	back := stood((*Keeper).again)
	row[Missing] = on("one was lost by chance: the same silence again; another mapping: shorten it", back)
	row[Gone] = on("reachable again; the same silence, another mapping: a shorter one", func(k *Keeper, e *Effects, in Answered) {
		e.Resume = true
		back(k, e, in)
	})
}

// unanswered is what a keep-alive without an answer does, at the end of the patience.
func unanswered(k *Keeper, e *Effects) {
	k.Missed++
	switch {
	case k.Missed < k.Limits.misses():
		p := Missing
		if k.Phase == Trying {
			p = Trying
		}
		k.ask(e, p)
	case k.Phase == Trying:
		k.Phase, e.After = Mute, askMute
	default:
		k.Phase, e.Suspend, e.After = Gone, true, askAgain
	}
}

func due(t *cells) {
	row := &t[KindDue]
	row[Idle] = ignored("nobody is kept")
	row[Waiting] = on("send the first keep-alive", func(k *Keeper, e *Effects, _ Due) { k.ask(e, Trying) })
	row[Climbing] = on("send one, after a silence longer than before", func(k *Keeper, e *Effects, _ Due) { k.ask(e, Probing) })
	row[Settled] = on("send one", func(k *Keeper, e *Effects, _ Due) { k.ask(e, Checking) })
	row[Trying] = on("ask again; after the last, Mute", func(k *Keeper, e *Effects, _ Due) { unanswered(k, e) })
	missed := on("ask again; after the last, it counts as gone", func(k *Keeper, e *Effects, _ Due) { unanswered(k, e) })
	row[Probing], row[Checking], row[Missing] = missed, missed, missed
	row[Mute] = on("ask once more, in case it was switched on", func(_ *Keeper, e *Effects, _ Due) { e.Ping, e.After = true, askMute })
	row[Gone] = on("ask whether it is back", func(_ *Keeper, e *Effects, _ Due) { e.Ping, e.After = true, askAgain })
}
