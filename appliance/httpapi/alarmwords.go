package httpapi

// remark is something told to a person: what, what it means for callers, what to do.
type remark struct {
	Gravity  Gravity
	About    string
	Sentence string
	Meaning  string
	Remedy   string
	Quote    string // what was reported, in English
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

// knownCodes are the words for refusals and findings that carry one of these codes. It never changes.
var knownCodes = map[string]struct{ sentence, remedy phrase }{
	"claim.shape": {
		phrase{"Le code de rattachement est mal recopié.", "The claim code is not copied right."},
		phrase{"Il a 12 lettres et chiffres, écrits XXXX-XXXX-XXXX : relisez-le.", "It has 12 letters and digits, written XXXX-XXXX-XXXX: read it again."},
	},
	"claim.unknown": {
		phrase{"La console ne connaît pas ce code : il a servi, il est périmé ou il a été retiré.", "The console does not know this code: it was used, is over or was withdrawn."},
		phrase{"Demandez-en un nouveau à l’administrateur.", "Ask the administrator for a new one."},
	},
	"claim.proof": {
		phrase{"La console n’a pas pu prouver qu’elle connaît ce code : quelque chose se tient entre elle et le boîtier, ou le code est faux.", "The console could not prove that it knows this code: something stands between it and the box, or the code is wrong."},
		phrase{"Relisez le code. S’il est juste, exemptez le boîtier de l’inspection TLS du réseau.", "Read the code again. If it is right, exempt the box from the network’s TLS inspection."},
	},
	"too_often": {
		phrase{"La console a reçu trop d’essais.", "The console got too many tries."},
		phrase{"Attendez quelques minutes avant de recommencer.", "Wait some minutes before you try again."},
	},
	"busy": {
		phrase{"La console est occupée.", "The console is busy."},
		phrase{"Recommencez dans une minute.", "Try again in a minute."},
	},
	"device.revoked": {
		phrase{"La console a exclu ce boîtier.", "The console has shut this box out."},
		phrase{"Demandez à l’administrateur un nouveau code de rattachement.", "Ask the administrator for a new claim code."},
	},
	"server.bad": {
		phrase{"L’adresse de la console n’est pas une adresse.", "The console’s address is no address."},
		phrase{"Écrivez-la comme https://console.example.org", "Write it like https://console.example.org"},
	},
	"server.name": {
		phrase{"Le nom de la console est introuvable.", "The console’s name cannot be found."},
		phrase{"Relisez l’adresse ; si elle est juste, vérifiez le DNS du boîtier : port série, « Réseau ».", "Read the address again; if it is right, check the box’s DNS: serial port, “Network”."},
	},
	"server.unreachable": {
		phrase{"La console ne répond pas.", "The console does not answer."},
		phrase{"Vérifiez l’arrivée Internet et que le pare-feu laisse sortir le port 443.", "Check the Internet line and that the firewall lets port 443 out."},
	},
	"server.certificate": {
		phrase{"Ce qui répond à cette adresse n’est pas la console.", "What answers at this address is not the console."},
		phrase{"Relisez l’adresse ; un proxy qui ouvre le TLS doit exempter le boîtier.", "Read the address again; a proxy that opens TLS must exempt the box."},
	},
	"portal": {
		phrase{"Un portail captif répond à la place de la console.", "A captive portal answers in place of the console."},
		phrase{"Ouvrez l’accès du boîtier sur ce réseau, ou branchez-le ailleurs.", "Let the box through on this network, or plug it in elsewhere."},
	},
	"clock": {
		phrase{"L’heure du boîtier est trop fausse pour vérifier un certificat.", "The box’s time is too wrong to check a certificate."},
		phrase{"Donnez-lui un serveur de temps : port série, « Réseau ».", "Give it a time server: serial port, “Network”."},
	},
	"enrolled": {
		phrase{"Ce boîtier est déjà rattaché.", "This box belongs to a console already."},
		phrase{"Détachez-le d’abord.", "Let it leave first."},
	},
}

// advise is an alarm of the page.
func (l language) advise(key string, g Gravity, args ...any) remark {
	a := alarmWords[key]
	return remark{Gravity: g, Sentence: sprint(a.sentence.in(l), args), Meaning: a.meaning.in(l), Remedy: a.remedy.in(l)}
}

// tell is a refusal or a finding in the words for its code, or else in its own.
func (l language) tell(g Gravity, code, sentence, remedy string) remark {
	if known, ok := knownCodes[code]; ok {
		return remark{Gravity: g, Sentence: known.sentence.in(l), Remedy: known.remedy.in(l)}
	}
	return remark{Gravity: g, Sentence: sentence, Remedy: remedy, Foreign: true}
}
