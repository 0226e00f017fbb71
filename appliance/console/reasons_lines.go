package console

// becauseOfTheLines says what was refused because of numbers, lines, limits and room.
func becauseOfTheLines(code string) bilingual {
	switch code {
	case "box.full":
		return bilingual{"the box carries as many calls as it may", "le boîtier porte autant d’appels qu’il le peut"}
	case "disk.low":
		return bilingual{"the disk is too full for another recording: export and erase some", "le disque est trop plein pour un autre enregistrement\u00a0: exportez-en, puis effacez-les"}
	case "exchange.fault":
		return bilingual{"the box made a mistake there: its journal says which (call.faulted)", "le boîtier s’est trompé\u00a0: son journal dit en quoi (call.faulted)"}
	case "trunk.channels_full":
		return bilingual{"every channel of that line is taken", "tous les canaux de cette ligne sont pris"}
	case "trunk.down":
		return bilingual{"that line cannot be used now", "cette ligne est inutilisable pour l’instant"}
	case "trunk.none_serves":
		return bilingual{"no line of the site document serves that number", "aucune ligne du document du site ne mène à ce numéro"}
	case "trunk.to_trunk":
		return bilingual{"a call from outside does not lead outside again", "un appel venu de l’extérieur n’y retourne pas"}
	case "toll.calls", "toll.calls_each":
		return bilingual{"as many calls outside as the site allows are under way", "autant d’appels vers l’extérieur que le site en permet sont en cours"}
	case "toll.class", "toll.country":
		return bilingual{"the site lets nobody call such numbers", "le site ne laisse personne appeler de tels numéros"}
	case "toll.night":
		return bilingual{"the lines outside are locked for the night", "les lignes extérieures sont fermées pour la nuit"}
	case "outbound.denied", "transfer.denied":
		return bilingual{"a list of the site, the queue or the agent bans that number", "une liste du site, de la file ou de l’agent interdit ce numéro"}
	case "outbound.not_listed", "transfer.not_listed":
		return bilingual{"a list of the site, the queue or the agent does not name that number", "une liste du site, de la file ou de l’agent ne nomme pas ce numéro"}
	case "agent.no_outside_right":
		return bilingual{"that agent may not call outside", "cet agent n’a pas le droit d’appeler l’extérieur"}
	case "number.not_ours":
		return bilingual{"nobody has that number here", "personne n’a ce numéro ici"}
	case "number.not_outside":
		return bilingual{"that is no number outside", "ce n’est pas un numéro extérieur"}
	case "number.outside_prefix_missing":
		return bilingual{"dial the prefix for outside first", "composez d’abord le préfixe de l’extérieur"}
	case "number.desk":
		return bilingual{"that is a code for phones, not a number", "c’est un code pour les postes, pas un numéro"}
	case "service.suspended":
		return bilingual{"that service is suspended", "ce service est suspendu"}
	case "extension.self":
		return bilingual{"that is the same phone", "c’est le même poste"}
	case "section.unknown":
		return bilingual{"there is no such section", "cette rubrique n’existe pas"}
	case "call.merged":
		return bilingual{"that call has become part of another", "cet appel a été réuni à un autre"}
	case "call.not_lifted":
		return bilingual{"nobody lifted the phone that was rung first", "personne n’a décroché le poste appelé d’abord"}
	case "call.too_many_hops":
		return bilingual{"that call goes round in a circle", "cet appel tourne en rond"}
	case "queue.full":
		return bilingual{"the queue has no place left", "la file est pleine"}
	case "queue.nobody_there":
		return bilingual{"nobody is there for that queue", "personne n’est là pour cette file"}
	case "queue.waited_too_long":
		return bilingual{"the caller waited as long as the queue lets them", "l’appelant a attendu aussi longtemps que la file le permet"}
	case "callback.unknown":
		return bilingual{"there is no such callback", "ce rappel n’existe pas"}
	case "callback.no_subject":
		return bilingual{"nobody can be called back whose number is not known", "on ne peut pas rappeler quelqu’un dont le numéro est inconnu"}
	case "callback.too_many", "callback.too_far":
		return bilingual{"there are too many callbacks already, or that one is too far ahead", "il y a déjà trop de rappels, ou celui-ci est trop lointain"}
	case "callback.slot":
		return bilingual{"that slot is over before it begins: choose an end after its beginning", "ce créneau finit avant de commencer\u00a0: choisissez une fin après son début"}
	case "callback.throttle":
		return bilingual{"that number has asked to be called back often enough for today: the queue's per_day allows no more", "ce numéro a assez demandé de rappels pour aujourd’hui\u00a0: per_day, dans la file, n’en permet pas plus"}
	case "callback.throttle_site":
		return bilingual{"too many people asked on web pages within an hour: let them ask again later, or raise outbound.requests", "trop de demandes du web en une heure\u00a0: qu’elles reviennent plus tard, ou relevez outbound.requests"}
	case "callback.closed":
		return bilingual{"nobody is called back then: choose a slot within the queue's hours (the next opening stands beside)", "personne n’est rappelé à cette heure\u00a0: choisissez un créneau dans les heures de la file (la prochaine ouverture est à côté)"}
	case "replaces.gone", "replaces.not_ours", "replaces.not_replaceable", "replaces.trunk", "transfer.no_consultation":
		return bilingual{"that call cannot be taken over: it is gone, or not one of this house", "cet appel ne peut pas être repris\u00a0: il est fini, ou n’est pas de la maison"}
	case "replaces.unwatched":
		return bilingual{"that conversation goes on at its own extension's phones only: nobody else may watch it (watched)", "cette conversation ne se reprend qu’aux téléphones de son propre poste : personne d’autre ne peut le surveiller (watched)"}
	case "transfer.kind":
		return bilingual{"there is no such kind of transfer", "cette sorte de transfert n’existe pas"}
	case "transfer.none", "transfer.nobody", "transfer.not_now":
		return bilingual{"nobody is being handed over, or not in that way now", "personne n’est en cours de transfert, ou pas de cette façon à présent"}
	case "transfer.no_word":
		return bilingual{"that is done only once the target was spoken with", "cela ne se fait qu’après avoir parlé au destinataire"}
	case "transfer.nobody_took_it":
		return bilingual{"nobody took the caller", "personne n’a pris l’appelant"}
	case "transfer.party_left":
		return bilingual{"the caller has hung up", "l’appelant a raccroché"}
	case "code.wrong", "code.too_many_tries":
		return bilingual{"that code is wrong, or was wrong too often", "ce code est faux, ou l’a été trop souvent"}
	default:
		return bilingual{}
	}
}
