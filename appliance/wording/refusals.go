package wording

// refusals is everything the steward refuses, in words that fit one line of the installer's screen.
func refusals() []Entry {
	one := func(code, french, english string) Entry {
		return Entry{code, Words{Sentence: french}, Words{Sentence: english}}
	}
	return []Entry{
		one("not_ours", "cette machine n’est pas un boîtier Autocom : rien à faire d’ici", "this machine is not an Autocom box: nothing to do from here"),
		one("busy", "un autre changement du réseau est déjà à l’essai", "another network change is on trial already"),
		one("nothing", "aucun changement à l’essai : le réseau est comme avant", "no change is on trial: the network is as before"),
		one("token", "commencé ailleurs : ce changement ne se garde que là-bas", "begun elsewhere: this change can be kept only there"),
		one("back", "le réseau est en train de revenir comme avant", "the network is being put back as it was"),
		one("unit", "ce programme ne se relance pas d’ici : cœur, son ou console", "there is no such program to restart: core, media or console"),
		one("log_unit", "ce programme n’a pas de journaux", "there are no logs of such a program"),
		one("clock", "l’heure n’a pas été réglée : celle-ci ne peut être juste", "the clock was not set: this cannot be the right time"),
		one("no_lamps", "ce boîtier n’a pas de voyants à essayer", "this box has no lamps to test"),
		one("often", "trop de demandes en peu de temps : attendre une minute", "too many requests: wait a minute"),
		one("who", "cette console n’y a pas droit : voir autocom steward --help", "this console may not ask that: see autocom steward --help"),
		one("audit", "la demande ne peut être notée, rien n’est fait : disque plein ?", "it cannot be audited, so nothing was done: disk full?"),
	}
}
