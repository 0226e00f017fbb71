package httpapi

import "autocom/appliance/wording"

// remark is something told to a person: what, what it means for callers, what to do.
type remark struct {
	Gravity  Gravity
	About    string
	Sentence string
	Meaning  string
	Remedy   string
	Quote    string // what was reported, in English
	Detail   string // what shows it, in no language
	Foreign  bool   // sentence and remedy are in English, whatever the page's language
}

// advice is an alarm of the page in both languages.
type advice struct{ sentence, meaning, remedy phrase }

// alarmWords are what the page concludes from the state. It never changes.
var alarmWords = map[string]advice{
	"unread": {
		phrase{"Le boîtier ne dit pas son état.", "The box does not tell its state."},
		phrase{"On ne sait pas si les appels passent.", "Whether calls go through is unknown."},
		phrase{"Relisez dans une minute : le cœur redémarre peut-être. Si cela dure, redémarrez le boîtier par le port série.", "Read again in a minute: the core may be restarting. If it goes on, restart the box from the serial port."},
	},
	"nothing": {
		phrase{"Rien n’est encore configuré.", "Nothing is set up yet."},
		phrase{"Le boîtier ne prend et ne passe aucun appel.", "The box takes no calls and makes none."},
		phrase{"Rattachez-le à la console centrale sur cette page, ou posez un document de site sur le boîtier.", "Join it to the central console on this page, or put a site document on the box."},
	},
	"nothing.enrolled": {
		phrase{"Rien n’est encore configuré.", "Nothing is set up yet."},
		phrase{"Le boîtier ne prend et ne passe aucun appel.", "The box takes no calls and makes none."},
		phrase{"Publiez un document pour ce site dans la console centrale : il arrivera de lui-même.", "Publish a document for this site in the central console: it comes by itself."},
	},
	"media": {
		phrase{"Le son est arrêté.", "The sound is down."},
		phrase{"Les appels n’aboutissent pas : personne ne s’entendrait.", "Calls do not go through: nobody would hear anybody."},
		phrase{"Il repart de lui-même en quelques secondes. Si cela dure plus d’une minute, redémarrez le boîtier par le port série.", "It comes back by itself within seconds. If it takes more than a minute, restart the box from the serial port."},
	},
	"journal": {
		phrase{"Le journal ne s’écrit plus : %s.", "The journal is not written any more: %s."},
		phrase{"Les appels passent, mais manqueront aux statistiques.", "Calls go through, but statistics will miss them."},
		phrase{"Le disque est peut-être plein ou abîmé : regardez « Journaux » sur le port série et prévenez l’administrateur.", "The disk may be full or damaged: look at “Logs” on the serial port and tell the administrator."},
	},
	"trunks": {
		phrase{"Aucune ligne de l’opérateur n’est utilisable.", "No carrier line can be used."},
		phrase{"Personne n’appelle du dehors ni vers le dehors. Les postes s’appellent entre eux.", "Nobody can call in or out. Phones can call each other."},
		phrase{"Vérifiez l’arrivée Internet, puis l’identifiant et le mot de passe donnés par l’opérateur ; « autocom doctor » cherche la cause.", "Check the Internet line, then the user name and the password the carrier gave; “autocom doctor” looks for the cause."},
	},
	"trunk": {
		phrase{"La ligne %s est inutilisable.", "Line %s cannot be used."},
		phrase{"Les autres lignes portent les appels, avec moins de canaux.", "The other lines carry the calls, with fewer channels."},
		phrase{"Comparez nom, transport et mot de passe à la lettre de l’opérateur, puis lancez l’appel d’essai du port série.", "Compare name, transport and password with the carrier’s letter, then make the test call of the serial port."},
	},
	"phones.one": {
		phrase{"%d poste ne répond pas.", "%d phone does not answer."},
		phrase{"Il ne sonne pas, et les files ne le proposent plus.", "It does not ring, and queues offer it no calls."},
		phrase{"Vérifiez son câble, son alimentation et son mot de passe.", "Check its cable, its power and its password."},
	},
	"phones.many": {
		phrase{"%d postes ne répondent pas.", "%d phones do not answer."},
		phrase{"Ils ne sonnent pas, et les files ne les proposent plus.", "They do not ring, and queues offer them no calls."},
		phrase{"S’ils sont ensemble, regardez leur commutateur ; sinon leur câble, leur alimentation et leur mot de passe.", "If they are together, look at their switch; otherwise at their cable, their power and their password."},
	},
	"queue": {
		phrase{"Des appelants attendent dans la file %s et aucun agent n’y est connecté.", "Callers wait in queue %s and no agent is logged in there."},
		phrase{"Ils attendront jusqu’au délai de la file.", "They wait until the queue’s time limit."},
		phrase{"Connectez un agent, ou vérifiez les horaires de la file.", "Log an agent in, or check the queue’s opening hours."},
	},
	"clock": {
		phrase{"L’heure du boîtier n’est pas sûre.", "The box’s time cannot be trusted."},
		phrase{"Horaires, statistiques et certificats peuvent être faux.", "Opening hours, statistics and certificates may be wrong."},
		phrase{"Donnez-lui un serveur de temps : port série, « Réseau ».", "Give it a time server: serial port, “Network”."},
	},
	"lastgood": {
		phrase{"Le document de site n’a pas pu être utilisé au démarrage.", "The site document could not be used at the start."},
		phrase{"Le boîtier vit avec le dernier document valable.", "The box lives by the last good document."},
		phrase{"Corrigez le document ; « autocom check-site » en nomme chaque erreur.", "Mend the document; “autocom check-site” names each mistake."},
	},
	"refused": {
		phrase{"Le dernier document de site a été refusé.", "The last site document was refused."},
		phrase{"Les réglages d’avant restent en vigueur.", "The settings from before stay in force."},
		phrase{"Lisez pourquoi sous « Réglages en vigueur », corrigez-le dans la console et publiez-le de nouveau.", "Read why under “Settings in force”, mend it in the console and publish it again."},
	},
	"reverted": {
		phrase{"Le dernier document de site a été retiré après essai.", "The last site document was taken back after its trial."},
		phrase{"Les réglages d’avant sont de retour.", "The settings from before are back."},
		phrase{"Lisez pourquoi sous « Réglages en vigueur ».", "Read why under “Settings in force”."},
	},
	"revoked": {
		phrase{"La console centrale ne reconnaît plus ce boîtier.", "The central console knows this box no more."},
		phrase{"Les appels continuent ; rien ne part ni n’arrive.", "Calls go on; nothing is sent or received."},
		phrase{"Demandez un nouveau code de rattachement à l’administrateur et tapez-le sur cette page.", "Ask the administrator for a new claim code and type it on this page."},
	},
}

// advise is an alarm of the page.
func (l language) advise(key string, g Gravity, args ...any) remark {
	a := alarmWords[key]
	return remark{Gravity: g, Sentence: sprint(a.sentence.in(l), args), Meaning: a.meaning.in(l), Remedy: a.remedy.in(l)}
}

// tell is a refusal of the link in the words for its code, or else in its own.
func (l language) tell(g Gravity, code, detail, sentence, remedy string) remark {
	if known, ok := wording.Link(code); ok {
		return remark{Gravity: g, Sentence: l.set(known.In(string(l)).Sentence), Remedy: l.set(known.In(string(l)).Remedy), Detail: detail}
	}
	return remark{Gravity: g, Sentence: sentence, Remedy: remedy, Foreign: true}
}

// set is a sentence of the common words as a page sets it.
func (l language) set(sentence string) string {
	if l == french {
		return spaced(sentence)
	}
	return sentence
}
