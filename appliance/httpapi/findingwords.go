package httpapi

const (
	frenchALG  = "Désactivez « SIP ALG » (aussi appelé SIP helper ou inspection SIP) dans le routeur, puis redémarrez-le ; à défaut, passez en TLS."
	frenchWire = "Vérifiez son alimentation et son câble réseau ; redémarrez-le."
)

// frenchFindings are the doctor's findings, by their stable codes: sentence, remedy. In English they bring their own words. It never changes.
var frenchFindings = map[string][2]string{
	"alg.via":              {"Un routeur réécrit les messages SIP du boîtier.", frenchALG},
	"alg.branch":           {"Un routeur réécrit les messages SIP du boîtier.", frenchALG},
	"alg.contact":          {"Un routeur réécrit les messages SIP du boîtier.", frenchALG},
	"alg.call-id":          {"Un routeur réécrit les messages SIP du boîtier.", frenchALG},
	"alg.from-tag":         {"Un routeur réécrit les messages SIP du boîtier.", frenchALG},
	"alg.sdp":              {"Un routeur change l’adresse du son : l’appelant risque de ne rien entendre.", frenchALG},
	"alg.length":           {"Un message est arrivé avec une longueur fausse : un routeur l’a modifié.", frenchALG},
	"alg.phone":            {"Les messages d’un poste se contredisent : un routeur proche en réécrit une partie, ou le poste utilise STUN.", frenchALG + " Désactivez STUN dans le poste."},
	"nat.phone":            {"Un poste est derrière un routeur ; le boîtier entretient la liaison pour pouvoir l’appeler.", "Rien à faire. Si des appels le manquent, passez le poste en TCP ou TLS."},
	"nat.box":              {"Le boîtier est derrière un routeur : les opérateurs le voient à une autre adresse.", "Donnez l’adresse extérieure à l’opérateur ; indiquez-la dans le document du site si les appels restent sans son."},
	"nat.address-changes":  {"L’adresse extérieure du boîtier change : un opérateur qui le reconnaît à son adresse refusera ses appels.", "Commandez une adresse fixe, ou prenez une ligne qui s’inscrit avec un mot de passe."},
	"nat.symmetric":        {"Le routeur donne un port extérieur différent pour chaque opérateur.", "Redirigez le port 5060 vers le boîtier, ou prenez une ligne qui s’inscrit avec un mot de passe."},
	"nat.short-mapping":    {"Un routeur oublie une liaison silencieuse en quelques secondes ; le boîtier l’entretient.", "Portez le délai UDP du routeur à 60 s ou plus, ou passez en TCP ou TLS."},
	"keepalive.silent":     {"Un poste inscrit ne répond plus : aucun appel ne lui est présenté.", frenchWire},
	"keepalive.unanswered": {"Un poste ne répond jamais aux contrôles : son départ ne se verra qu’à la fin de son inscription.", "Réglez son inscription sur 60 à 120 s."},
	"sip.listens-nowhere":  {"Le boîtier ne reçoit aucun message SIP.", "Donnez une adresse d’écoute dans le document du site."},
	"sip.banned":           {"Une adresse est tenue dehors.", "Si c’est un de vos postes, corrigez son mot de passe, puis « autocom bans »."},
	"phone.password":       {"Un poste du site donne un mauvais mot de passe et ne peut pas s’inscrire.", "Retapez dans le poste le numéro et le mot de passe du document de site."},
	"dns.stale":            {"Le DNS ne confirme plus le nom d’un opérateur ; ses dernières adresses servent encore.", "Vérifiez l’accès Internet et les serveurs DNS : port série, « Réseau »."},
	"dns.problem":          {"Le nom d’un opérateur ne mène à aucune adresse.", "Vérifiez le nom, l’accès Internet et les serveurs DNS : port série, « Réseau »."},
	"clock.past":           {"L’heure du boîtier est fausse : les certificats ne semblent pas encore valables, TLS échoue.", "Donnez-lui un serveur de temps : port série, « Réseau »."},
}

// concluded says whether the page tells a finding already, from the state itself.
func concluded(code string) bool {
	switch code {
	case "trunk.up", "trunk.down", "media.down", "journal", "sip.listens":
		return true
	default:
		return false
	}
}

// find is a finding in the reader's language, as far as its words are known.
func (l language) find(n Notice) remark {
	r := l.tell(n.Gravity, n.Code, n.Sentence, n.Remedy)
	if words, ok := frenchFindings[n.Code]; ok && l == french {
		r = remark{Gravity: n.Gravity, Sentence: spaced(words[0]), Remedy: spaced(words[1])}
	}
	r.About = n.About
	return r
}
