package wording

import "strings"

const (
	frenchALG  = "Désactivez « SIP ALG » (SIP helper, inspection SIP) dans le routeur puis redémarrez-le."
	frenchNAT  = frenchALG + " S’il ne se désactive pas, passez en TLS : ce que le routeur ne lit pas, il ne le réécrit pas."
	frenchWire = "Vérifiez son alimentation et son câble réseau ; redémarrez-le."
	frenchVia  = "Un routeur réécrit les messages SIP du boîtier."
)

// French finds the French words for a finding of the doctor. Its English ones come with it: they are written where it is found.
func French(code string) (Words, bool) {
	for _, f := range findings() {
		if f.code == code {
			return f.words, true
		}
	}
	return Words{}, false
}

// About names in a language, "fr" or "en", whom a finding is about: the core says "trunk operateur", "phone 201" and "box".
func About(language, whom string) string {
	if language != "fr" {
		return whom
	}
	for _, r := range []struct{ of, to string }{{"trunk ", "ligne "}, {"phone ", "poste "}, {"device at ", "appareil "}} {
		if rest, ok := strings.CutPrefix(whom, r.of); ok {
			return r.to + rest
		}
	}
	if whom == "box" {
		return "boîtier"
	}
	return whom
}

type finding struct {
	code  string
	words Words
}

func findings() []finding {
	return []finding{
		{"alg.via", Words{frenchVia, frenchNAT}},
		{"alg.branch", Words{frenchVia, frenchNAT}},
		{"alg.contact", Words{frenchVia, frenchNAT}},
		{"alg.call-id", Words{frenchVia, frenchNAT}},
		{"alg.from-tag", Words{frenchVia, frenchNAT}},
		{"alg.sdp", Words{"Un routeur change l’adresse du son : l’appelant risque de ne rien entendre.", frenchNAT}},
		{"alg.length", Words{"Un message est arrivé avec une longueur fausse : un routeur l’a modifié.", frenchNAT}},
		{"alg.phone", Words{"Les messages d’un poste se contredisent : un routeur proche en réécrit une partie, ou le poste utilise STUN.", frenchALG + " Désactivez STUN dans le poste."}},
		{"nat.phone", Words{"Un poste est derrière un routeur ; le boîtier entretient la liaison pour pouvoir l’appeler.", "Rien à faire. Si des appels le manquent, passez le poste en TCP ou TLS."}},
		{"nat.box", Words{"Le boîtier est derrière un routeur : les opérateurs le voient à une autre adresse.", "Donnez l’adresse extérieure à l’opérateur ; indiquez-la dans le document du site si les appels restent sans son."}},
		{"nat.address-changes", Words{"L’adresse extérieure du boîtier change : un opérateur qui le reconnaît à son adresse refusera ses appels.", "Commandez une adresse fixe, ou prenez une ligne qui s’inscrit avec un mot de passe."}},
		{"nat.symmetric", Words{"Le routeur donne un port extérieur différent pour chaque opérateur.", "Redirigez le port 5060 vers le boîtier, ou prenez une ligne qui s’inscrit avec un mot de passe."}},
		{"nat.short-mapping", Words{"Un routeur oublie une liaison silencieuse en quelques secondes ; le boîtier l’entretient.", "Portez le délai UDP du routeur à 60 s ou plus, ou passez en TCP ou TLS."}},
		{"keepalive.silent", Words{"Un poste inscrit ne répond plus : aucun appel ne lui est présenté.", frenchWire}},
		{"keepalive.unanswered", Words{"Un poste ne répond jamais aux contrôles : son départ ne se verra qu’à la fin de son inscription.", "Réglez son inscription sur 60 à 120 s."}},
		{"sip.listens", Words{"Le boîtier reçoit les messages SIP.", ""}},
		{"sip.listens-nowhere", Words{"Le boîtier ne reçoit aucun message SIP.", "Donnez une adresse d’écoute dans le document du site ; les journaux disent ce qui l’empêche."}},
		{"sip.banned", Words{"Une adresse est tenue dehors.", "Si c’est un de vos postes, corrigez son mot de passe, puis « autocom bans »."}},
		{"phone.password", Words{"Un poste du site donne un mauvais mot de passe et ne peut pas s’inscrire.", "Retapez dans le poste le numéro et le mot de passe du document de site."}},
		{"trunk.up", Words{"La ligne de l’opérateur est utilisable.", ""}},
		{"trunk.down", Words{"La ligne de l’opérateur est inutilisable.", "Comparez nom, transport et mot de passe à la lettre de l’opérateur, puis faites l’appel d’essai (port série, 2 Lignes)."}},
		{"dns.stale", Words{"Le DNS ne confirme plus le nom d’un opérateur ; ses dernières adresses servent encore.", "Vérifiez l’accès Internet et les serveurs DNS (port série, 1 Réseau)."}},
		{"dns.problem", Words{"Le nom d’un opérateur ne mène à aucune adresse.", "Vérifiez le nom, l’accès Internet et les serveurs DNS (port série, 1 Réseau)."}},
		{"clock.past", Words{"L’heure du boîtier est fausse : les certificats ne semblent pas encore valables, TLS échoue.", "Donnez-lui un serveur de temps (port série, 1 Réseau)."}},
		{"media.down", Words{"Le son est arrêté : les appels sont refusés.", "Relancez le son (port série, 7 Redémarrage) ; les journaux disent ce qui l’arrête."}},
		{"journal", Words{"Le journal ne s’écrit plus.", "Libérez de la place sur la partition des données."}},
		{"warning.trunk", Words{"Le document du site n’a aucune ligne : personne ne peut appeler les urgences d’ici.", "Ajoutez une ligne au document du site."}},
		{"warning.journal", Words{"Le journal a été abîmé : ce qui était lisible est gardé.", "Copiez le fichier abîmé pour l’assistance, puis retirez-le ; « autocom status » le nomme."}},
		{"warning.document", Words{"Le document du site n’a pas pu servir : le précédent reste en vigueur.", "Corrigez-le ; « autocom check-site » en nomme chaque erreur."}},
		{"warning.toll", Words{"Un poste a dépassé plusieurs fois ses limites d’appel.", "Regardez ses appels : un poste piraté se voit ainsi. « autocom status » le nomme."}},
		{"warning.disk", Words{"Le disque se remplit : le boîtier se passe d’enregistrements, jamais d’appels.", "Exportez puis effacez des enregistrements, ou baissez recording.days ; « autocom status » dit où il en est."}},
		{"warning.key", Words{"La clé des enregistrements ou de la messagerie est perdue ou changée : ce qui était scellé ne s’ouvre plus. Rien n’est effacé ; les nouveaux ont une clé à eux.", "Remettez le fichier de clé de votre sauvegarde à sa place ; « autocom status » dit lequel, et combien ne s’ouvrent pas."}},
		{"warning.clock", Words{"L’heure du boîtier n’est pas sûre : rien de ce qui est gardé n’est effacé selon son âge.", "Donnez-lui un serveur de temps, ou réglez l’heure puis tapez « autocom clock confirm »."}},
		{"warning.restart", Words{"Un réglage de « network » a changé : il vaudra au prochain démarrage du boîtier.", "Redémarrez-le à un moment calme (port série, 7 Redémarrage)."}},
		{"warning.page", Words{"Les pages du boîtier ne s’ouvrent pas à l’adresse de network.web.", "Un autre programme l’occupe peut-être, ou l’adresse n’est pas du boîtier ; corrigez network.web."}},
		{"warning.listen", Words{"Le boîtier ne peut pas écouter le SIP à l’une de ses adresses.", "Un autre programme l’occupe peut-être ; corrigez l’adresse dans le document du site. « autocom status » la nomme."}},
		{"box.warning", Words{"Le boîtier signale quelque chose.", "« autocom status » le dit en anglais."}},
		{"tls.certificate", Words{"Le certificat de SIP sur TLS est suivi par le boîtier.", "S’il est signalé, remplacez les fichiers tls_cert et tls_key : le boîtier les reprend en dix minutes."}},
	}
}
