package health

import (
	"fmt"
	"slices"

	"autocom/hwio/led"
)

// Box is what is known of the box at one moment; the composition root fills it in.
type Box struct {
	Starting bool // the core is not ready yet
	Updating bool // firmware is being written
	Calls    int  // up now
	Media    bool // the media process answers
	Journal  bool // facts reach the disk
	Trunks   []Line
	Phones   int  // that the document names
	Answer   int  // of them, that are registered
	LastGood bool // the site document could not be used, the one before is in force

	DiskUsed   float64 // of the data partition, 0 … 1; 0: unknown
	DiskStop   bool    // the kernel stopped writing to it after an error
	WearUrgent bool    // the flash chip asks to be replaced
	MilliC     int     // the hottest sensor, thousandths of a degree; 0: unknown
	Watchdog   bool    // the last restart was the watchdog's
}

// Line is one carrier's line.
type Line struct {
	Name string
	Up   bool
}

// Weight is how much a finding matters.
type Weight int

// The weights.
const (
	Notice Weight = iota // to be known; no lamp
	Look                 // somebody should look
	Down                 // calls cannot be made
)

// Finding is one thing that is not well.
type Finding struct {
	Code     string // stable
	Weight   Weight
	Sentence string // English
	Phrase   string // French
}

// Health is the judgement.
type Health struct {
	Findings []Finding // the heaviest first
	Lamps    []led.Meaning
}

// Well says that nobody needs to look.
func (h Health) Well() bool {
	return !slices.ContainsFunc(h.Findings, func(f Finding) bool { return f.Weight >= Look })
}

// Where a reading begins to matter.
const (
	diskLook   = 0.85
	diskDown   = 0.97 // recordings stop, and facts are lost soon
	warmMilliC = 85_000
)

// Judge folds what is known into words and lamps. The same box gives the same judgement.
func Judge(b Box) Health {
	var h Health
	say := func(code string, w Weight, sentence, phrase string) {
		h.Findings = append(h.Findings, Finding{code, w, sentence, phrase})
	}
	if !b.Starting {
		if !b.Media {
			say("media", Down, "the media process does not answer: calls have no sound", "le processus de média ne répond pas : les appels n'ont pas de son")
		}
		b.lines(say)
		if b.Phones > 0 && b.Answer == 0 {
			say("phones", Look, "no phone is registered", "aucun poste n'est enregistré")
		}
		if !b.Journal {
			say("journal", Look, "what happens is not being written to the disk", "ce qui se passe n'est plus écrit sur le disque")
		}
	}
	if b.LastGood {
		say("document", Look, "the site document has mistakes: the one before stays in force", "le document du site contient des erreurs : le précédent reste en vigueur")
	}
	switch {
	case b.DiskStop:
		say("disk.stopped", Down, "the disk failed and takes no more writes: replace it", "le disque est en panne et n'accepte plus d'écriture : remplacez-le")
	case b.DiskUsed >= diskDown:
		say("disk.full", Down, fmt.Sprintf("the disk is full (%d %%)", percent(b.DiskUsed)), fmt.Sprintf("le disque est plein (%d %%)", percent(b.DiskUsed)))
	case b.DiskUsed >= diskLook:
		say("disk.filling", Look, fmt.Sprintf("the disk is nearly full (%d %%)", percent(b.DiskUsed)), fmt.Sprintf("le disque est presque plein (%d %%)", percent(b.DiskUsed)))
	}
	if b.WearUrgent {
		say("disk.worn", Look, "the flash chip is worn out: replace the box before it fails", "la mémoire flash est usée : remplacez l'appliance avant la panne")
	}
	if b.MilliC >= warmMilliC {
		say("warm", Look, fmt.Sprintf("the box is too warm (%d °C): give it air", b.MilliC/1000), fmt.Sprintf("l'appliance est trop chaude (%d °C) : aérez-la", b.MilliC/1000))
	}
	if b.Watchdog {
		say("watchdog", Notice, "the last restart was the watchdog's: the box had stopped answering", "le dernier redémarrage vient du chien de garde : l'appliance ne répondait plus")
	}
	slices.SortStableFunc(h.Findings, func(a, b Finding) int { return int(b.Weight - a.Weight) })

	h.Lamps = []led.Meaning{led.Power}
	down := slices.ContainsFunc(h.Findings, func(f Finding) bool { return f.Weight == Down })
	if !b.Starting && !down {
		h.Lamps = append(h.Lamps, led.Ready)
	}
	if b.Updating {
		h.Lamps = append(h.Lamps, led.Update)
	}
	if !h.Well() {
		h.Lamps = append(h.Lamps, led.Alarm)
	}
	if b.Calls > 0 {
		h.Lamps = append(h.Lamps, led.Call)
	}
	return h
}

// lines speaks of the carriers' lines: all down is worse than one.
func (b Box) lines(say func(code string, w Weight, sentence, phrase string)) {
	down := 0
	for _, l := range b.Trunks {
		if !l.Up {
			down++
		}
	}
	for _, l := range b.Trunks {
		if l.Up {
			continue
		}
		w := Look
		if down == len(b.Trunks) {
			w = Down
		}
		say("trunk", w, "the line "+l.Name+" is down", "la ligne "+l.Name+" est hors service")
	}
}

// percent is rounded down: 99.9 % is not 100 %.
func percent(part float64) int { return int(part * 100) }
