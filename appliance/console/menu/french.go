package menu

func french() *words {
	return &words{
		Code: "FR", Serial: "n° de série %s", DateTime: "02/01 15:04", Day: "j", Hour: "h", Minute: "min", Second: "s", Now: "maintenant",
		Login: loginWords{
			Title: "Console de l’installateur", Ask: "Tapez le code imprimé sur l’étiquette du boîtier, puis Entrée.",
			First: "Premier démarrage : ce boîtier s’est donné un code.", Note: "Notez ce code : il ne sera plus affiché après la première ouverture.",
			Checking: "Vérification du code...", Wrong: "Ce n’est pas le code. Relisez l’étiquette et recommencez.",
			Wait: "Trop de codes faux : prochain essai dans %s.", NotACode: "Un code a 6 à 12 chiffres ; rien n’a été essayé.",
			Choices: "f Français    e English    a avec ou sans accents", Closed: "Session fermée.", Prompt: "Code :",
			Idle: "Session fermée après 10 minutes sans frappe.",
		},
		Banner: bannerWords{
			Version: "Version", Network: "Réseau", Trunks: "Lignes", Phones: "Postes", Console: "Console", Alarm: "Alarme",
			Slot: ", slot %s confirmé", SlotTrial: ", slot %s À L’ESSAI", Up: "allumé %s", Other: " ; slot %s %s au repos", CoreUp: "cœur lancé depuis %s",
			DHCP: " DHCP", VLAN: ", VLAN %d", Unplugged: "câble débranché", Gateway: "passerelle %s", Trial: "réglage à l’essai, encore %s",
			NoSteward: "steward muet : adresse figée", Reading: "lecture en cours",
			TrunkUp: " inscrite", TrunkLost: " perdue %s", TrunkDown: " perdue", TrunkUses: " (%d sur %d)", NoTrunk: "aucune ligne", NoEmergency: "urgences injoignables",
			OthersUp: "%d autres inscrites", OthersDown: "%d autres, dont %d perdues",
			Phones1: "%d inscrits sur %d", Muted1: ", le %s muet", Muted: ", %d muets", NoPhones: "aucun poste", NoCalls: "aucun appel en cours", Call1: "1 appel en cours", Calls: "%d appels en cours",
			Joined: "jointe à %s", Offline: "hors ligne depuis %s", NeverJoined: "jamais jointe encore", NotEnrolled: "boîtier non rattaché : menu 5", NoLink: "absente de ce boîtier",
			Sent: "tout est envoyé", Wait: "%s enregistrements en attente", One: "1 enregistrement en attente",
			CoreDown: "LE CŒUR NE RÉPOND PAS", CoreDownCalls: "aucun appel ne peut passer", CoreDownPhones: "état inconnu", CoreDownHow: "voir 7 Redémarrage et 8 Journaux",
			NoAlarm: "aucune récente", Back: ", revenue à %s",
			MediaDown: "le son est arrêté : les appels sont refusés", MediaLost: "le son s’est arrêté", FactsLost: "des enregistrements sont perdus", CallDropped: "un appel a été coupé par une erreur",
			Toll: "poste %s : limite d’appels atteinte %d fois", Unclean: "redémarrage après un arrêt brutal",
			OldDocument: "document du site refusé : l’ancien reste en service", JournalBroken: "le journal ne s’écrit plus",
			Reasons: map[string]string{
				"no server answers": "l’opérateur ne répond pas", "its name leads nowhere": "son nom ne mène à aucune adresse",
				"no answer": "l’opérateur ne répond pas", "registration refused": "inscription refusée par l’opérateur",
			},
		},
		Menu: [10]entryWords{
			{"Fermer la session", "", ""},
			{"Réseau", "adresse, VLAN, DNS, heure", "autocom net"},
			{"Lignes", "inscription, appel d’essai", "autocom trunk"},
			{"Postes", "liste, inscrits, muets", "autocom status"},
			{"Essais", "tout contrôler, avec remèdes", "autocom doctor"},
			{"Console centrale", "rattacher, file d’envoi", "autocom cloud"},
			{"Code administrateur", "à usage unique, pages du site", "autocom admin code"},
			{"Redémarrage", "cœur, boîtier, extinction", "autocom restart"},
			{"Journaux", "dernières lignes, en direct", "autocom logs"},
			{"Langue, English", "accents ou ASCII", ""},
		},
		Prompt: promptWords{
			Choice: "Choix [0-9] :", Line: ">", Keys: "Un chiffre puis Entrée.   ? aide   ! relire l’état   q revenir",
			ListKeys: "Entrée page suivante   b précédente   ? aide   ! relire   q revenir", More: "%d à %d sur %d",
			Back: "? aide   ! relire l’état   q revenir", Closing: "fermeture dans %s", Logged: "Code accepté, %s",
		},
		Notice: noticeWords{
			Garbled: "Caractères illisibles : rien n’a été fait. Terminal réglé en %s ?", TooLong: "Ligne trop longue : rien n’a été fait.",
			TooFast: "Trop de lignes à la fois : la suite est ignorée.", Unknown: "Pas de choix « %s » ici ; ? pour l’aide.", Busy: "Encore occupé par la demande précédente...",
			Failed: "Échec : %s", Done: "Fait.", Absent: "Le steward ne répond pas : cette entrée attend son retour.", NoBox: "Le cœur ne répond pas : voir 7 Redémarrage et 8 Journaux.",
			Kept: "Rien n’a été changé.", Timeout: "pas de réponse à temps",
		},
		Help: []string{
			"Tapez le chiffre d’une entrée puis Entrée. Rien n’agit avant Entrée.",
			"?  cette aide          !  relire l’état et redessiner tout l’écran",
			"q  revenir             0 au menu, ou Ctrl-D partout : fermer la session",
			"Retour arrière efface une lettre, Ctrl-U efface la ligne, Ctrl-C revient.",
			"ok va bien      !  demande attention      ..  en cours ou en attente",
			"Ce qui coupe des appels demande toujours un mot entier, pas une touche.",
			"Un réglage réseau non confirmé est défait par le boîtier lui-même.",
			"Caractères étranges ? 9 Langue, puis 3 : sans accents.",
			"Chaque entrée existe en commande, par exemple « autocom doctor ».",
		},
		Net: netWords{
			Address: "Adresse", Gateway: "Passerelle", DNS: "DNS", NTP: "Heure (NTP)", VLAN: "VLAN des postes", Cable: "Câble", None: "aucun", Automatic: "%s (DHCP)", NotPlugged: "débranché",
			Change: "changer ces réglages, à l’essai pendant 60 s", Form: "Entrée garde la valeur entre crochets ; - la vide.", AskAddress: "Adresse, comme 192.168.1.10/24, ou dhcp", AskGateway: "Passerelle", AskDNS: "Serveurs DNS, séparés par une espace", AskNTP: "Serveurs de temps, séparés par une espace", AskVLAN: "VLAN des postes, 1 à 4094",
			BadAddress: "Il faut une adresse et la longueur de son réseau, comme 192.168.1.10/24.", BadGateway: "Ce n’est pas une adresse ; exemple : 192.168.1.1.", BadDNS: "Il faut une à trois adresses, comme 192.168.1.1 9.9.9.9.", BadVLAN: "Un VLAN est un nombre de 1 à 4094 ; - pour aucun.", BadNTP: "Il faut un à quatre noms ou adresses.", GatewayOutside: "Cette passerelle n’est pas dans le réseau %s.",
			Review: "Nouveau réglage : rien n’est encore changé.", Before: "Avant", After: "À l’essai", Same: "Ce sont les réglages d’aujourd’hui : rien à essayer.", Go: "essayer pendant 60 s ; sans réponse, retour à l’ancien réglage", Cut1: "1 appel est en cours : il peut être coupé.", Cut: "%d appels sont en cours : ils peuvent être coupés.", TrialTitle: "Réseau : nouveau réglage à l’essai", Checks: "Contrôles",
			CheckCable: "câble", CheckGateway: "passerelle", CheckDNS: "DNS", CheckTime: "heure",
			Console: "console jointe", TrunkUp: "ligne %s", TrunksUp: "lignes : %d sur %d", PhonesBack: "postes revenus : %d sur %d", Unanswered: "Sans réponse, retour à l’ancien réglage dans", Type: "Taper %s puis Entrée pour conserver, %s puis Entrée pour revenir.",
			Alone: "Si la session tombe, le retour se fait seul", Kept: "Nouveau réglage gardé.", Reverted: "Retour à l’ancien réglage.", Trying: "Mise en place du réglage...", Keeping: "Enregistrement...", Reverting: "Retour à l’ancien réglage...", Over: "Sans réponse à temps : l’ancien réglage est revenu.",
			Keep: "GARDER", Revert: "R",
		},
		Trunk: trunkWords{
			Ask: "Le numéro d’une ligne ci-dessus prépare son appel d’essai.", Test: "Appel d’essai de la ligne %s",
			Start: "appeler le numéro de la ligne ; aucun poste ne sonne", Running: "Appel en cours, jusqu’à 3 minutes. q l’arrête.", Passed: "La ligne est bonne : %d contrôles sur %d.", Failed: "La ligne a un défaut : %d contrôles bons sur %d.", Stopped: "Essai arrêté.", None: "Le document du site n’a aucune ligne.", Number: "ou tapez un autre numéro du site à appeler",
			Steps: map[string]stepWords{
				"out": {"Départ", "l’opérateur a pris l’appel", "voyez 4 Essais : ligne inscrite, canal libre, format des numéros, identité voulue ?"}, "in": {"Arrivée", "l’appel est revenu, décroché aux deux bouts", "l’opérateur envoie-t-il ici les appels de ce numéro, sans changer le numéro présenté ?"}, "identity": {"Identité", "le numéro présenté est arrivé inchangé", "demandez à l’opérateur quels numéros la ligne peut présenter, et dans quel en-tête."},
				"dtmf": {"Touches", "1, 5 et # passent dans les deux sens", "réglez dtmf de la ligne sur ce que l’opérateur comprend."}, "hold": {"Garde", "mise en garde et reprise acceptées", "l’opérateur refuse le re-INVITE (RFC 3264) : montrez-lui ce compte rendu."}, "refresh": {"Rafraîchir", "la session se renouvelle", "réglez session_expires de la ligne sur ce que veut l’opérateur."},
				"hang-up": {"Fin", "raccroché vu de l’autre bout", "l’opérateur ne transmet pas la fin d’appel : il resterait établi, et payé."}, "emergency": {"Urgence", "la ligne simulée a répondu", "la ligne simulée doit répondre aux urgences."},
			},
			NotTried: "non essayé, l’appel n’est pas établi",
		},
		Phone: phoneWords{Heard: "inscrit", Silent: "muet", None: "Le document du site n’a aucun poste.", Head: "Les postes muets d’abord."},
		Check: checkWords{
			Running: "Contrôle en cours...", AllWell: "Rien à signaler.", Found: "%d à corriger, %d à savoir, %d en ordre", Do: "Remède : %s", Seen: "Vu : %s", At: "%s : ",
			Known: frenchFindings(),
		},
		Cloud: cloudWords{
			Attached: "Rattaché à %s", Detached: "Ce boîtier n’est rattaché à aucune console centrale. Il marche seul.", State: "Liaison", Connected: "jointe à %s", Offline: "hors ligne depuis %s ; les appels continuent", Site: "Site", Backlog: "File d’envoi", Revision: "Réglages", Expires: "Certificat", Trouble: "Obstacle",
			Enrol: "rattacher, avec le code de rattachement donné par l’administrateur", Leave: "détacher ce boîtier", AskServer: "Adresse de la console, comme console.exemple.fr", AskClaim: "Code de rattachement, XXXX-XXXX-XXXX", Enrolling: "Rattachement en cours, jusqu’à une minute...", Enrolled: "Boîtier rattaché.", LeaveNote: "Détaché, le boîtier garde ses réglages et ses appels, et n’envoie plus rien. Taper %s pour détacher.", Left: "Boîtier détaché.", NoRevision: "ceux du boîtier, aucun reçu encore",
			LeaveWord: "DÉTACHER",
			Faults: map[EnrolFault]string{
				ClaimMistyped: "Ce code n’est pas bien recopié : relisez ses 12 caractères.", ClaimUnknown: "La console ne connaît pas ce code : déjà utilisé, retiré ou périmé. Demandez-en un neuf.",
				ClaimProof: "Le code est faux, ou un équipement s’interpose entre le boîtier et la console.", TooOften: "Trop d’essais : attendez quelques minutes.",
				Unreachable: "La console ne répond pas à cette adresse. Voir 1 Réseau : passerelle et DNS.", NotTheConsole: "Autre chose répond à la place de la console : portail d’accès Internet ?",
				ClockIsWrong: "L’heure du boîtier est fausse. Voir 1 Réseau : serveurs de temps.", ServerMistyped: "Cette adresse n’en est pas une ; exemple : console.exemple.fr.",
				Already: "Ce boîtier est déjà rattaché : détachez-le d’abord.", Interrupted: "La liaison a été coupée en route : rien n’est changé, recommencez.", ServerTrouble: "La console répond qu’elle ne peut pas. Réessayez plus tard.",
			},
		},
		Admin: adminWords{
			About: "Un code à usage unique ouvre les pages d’administration du boîtier. Dictez-le à l’administrateur, il choisit ensuite son mot de passe.",
			Make:  "donner un nouveau code", Code: "Code :", Until: "Valable jusqu’à %s, une seule fois. Il disparaît en quittant cet écran.", Making: "Création du code...",
		},
		Restart: restartWords{
			Core: "relancer le cœur", CoreNote: "les appels établis continuent", CoreHard: "le cœur se tait : relance forcée", Media: "relancer le son", MediaNote: "tous les appels sont coupés", Reboot: "redémarrer le boîtier", RebootNote: "appels coupés, 2 minutes", Off: "éteindre le boîtier", OffNote: "appels coupés jusqu’au rallumage",
			Type: "Taper %s puis Entrée pour confirmer, q pour renoncer.", Sent: "Demande transmise.", Gone: "Demande transmise : cette ligne va se taire.",
			CoreWord: "RELANCER", MediaWord: "COUPER", RebootWord: "REDÉMARRER", OffWord: "ÉTEINDRE",
		},
		Log: logWords{
			All: "tout", Core: "le cœur : appels, lignes, postes", Media: "le son", Ask: "200 dernières lignes de :", Live: "En direct. q arrête.",
			Reading: "Lecture des journaux...", Empty: "Aucune ligne.", Follow: "Entrée plus récent   b plus ancien   s suivre en direct   q revenir", Count: "lignes %d à %d sur %d", Broken: "la lecture s’est interrompue : %s",
		},
		Tongue: tongueWords{French: "Français", English: "English", Accents: "avec accents (terminal UTF-8)", Plain: "sans accents (ASCII)", Now: "en service"},
	}
}

const (
	frenchALG  = "Désactivez « SIP ALG » (SIP helper, inspection SIP) dans le routeur puis redémarrez-le."
	frenchNAT  = frenchALG + " S’il ne se désactive pas, passez en TLS : ce que le routeur ne lit pas, il ne le réécrit pas."
	frenchWire = "Vérifiez son alimentation et son câble réseau ; redémarrez-le."
)

// frenchFindings is what the doctor says, by its stable codes.
func frenchFindings() map[string]findingWords {
	return map[string]findingWords{
		"alg.via": {"Un routeur réécrit les messages SIP du boîtier.", frenchNAT}, "alg.branch": {"Un routeur réécrit les messages SIP du boîtier.", frenchNAT},
		"alg.contact": {"Un routeur réécrit les messages SIP du boîtier.", frenchNAT}, "alg.call-id": {"Un routeur réécrit les messages SIP du boîtier.", frenchNAT},
		"alg.from-tag":        {"Un routeur réécrit les messages SIP du boîtier.", frenchNAT},
		"alg.sdp":             {"Un routeur change l’adresse du son : l’appelant risque de ne rien entendre.", frenchNAT},
		"alg.length":          {"Un message est arrivé avec une longueur fausse : un routeur l’a modifié.", frenchNAT},
		"alg.phone":           {"Les messages d’un poste se contredisent : un routeur proche en réécrit une partie, ou le poste utilise STUN.", frenchALG + " Désactivez STUN dans le poste."},
		"nat.phone":           {"Un poste est derrière un routeur ; le boîtier entretient la liaison pour pouvoir l’appeler.", "Rien à faire. Si des appels le manquent, passez le poste en TCP ou TLS."},
		"nat.box":             {"Le boîtier est derrière un routeur : les opérateurs le voient à une autre adresse.", "Donnez l’adresse extérieure à l’opérateur ; indiquez-la dans le document du site si les appels restent sans son."},
		"nat.address-changes": {"L’adresse extérieure du boîtier change : un opérateur qui le reconnaît à son adresse refusera ses appels.", "Commandez une adresse fixe, ou prenez une ligne qui s’inscrit avec un mot de passe."},
		"nat.symmetric":       {"Le routeur donne un port extérieur différent pour chaque opérateur.", "Redirigez le port 5060 vers le boîtier, ou prenez une ligne qui s’inscrit avec un mot de passe."},
		"nat.short-mapping":   {"Un routeur oublie une liaison silencieuse en quelques secondes ; le boîtier l’entretient.", "Portez le délai UDP du routeur à 60 s ou plus, ou passez en TCP ou TLS."},
		"keepalive.silent":    {"Un poste inscrit ne répond plus : aucun appel ne lui est présenté.", frenchWire}, "keepalive.unanswered": {"Un poste ne répond jamais aux contrôles : son départ ne se verra qu’à la fin de son inscription.", "Réglez son inscription sur 60 à 120 s."},
		"sip.listens": {"Le boîtier reçoit les messages SIP.", ""}, "sip.listens-nowhere": {"Le boîtier ne reçoit aucun message SIP.", "Donnez une adresse d’écoute dans le document du site ; voyez 8 Journaux."},
		"sip.banned":     {"Une adresse est tenue dehors.", "Si c’est un de vos postes, corrigez son mot de passe puis : autocom bans."},
		"phone.password": {"Un poste du site donne un mauvais mot de passe et ne peut pas s’inscrire.", "Retapez dans le poste le numéro et le mot de passe que montre la console."},
		"trunk.up":       {"La ligne de l’opérateur est utilisable.", ""}, "trunk.down": {"La ligne de l’opérateur est inutilisable.", "Comparez nom, transport et mot de passe à la lettre de l’opérateur, puis 2 Lignes : appel d’essai."},
		"dns.stale": {"Le DNS ne confirme plus le nom d’un opérateur ; ses dernières adresses servent encore.", "Vérifiez l’accès Internet et les serveurs DNS (1 Réseau)."}, "dns.problem": {"Le nom d’un opérateur ne mène à aucune adresse.", "Vérifiez le nom, l’accès Internet et les serveurs DNS (1 Réseau)."},
		"clock.past": {"L’heure du boîtier est fausse : les certificats ne semblent pas encore valables, TLS échoue.", "Donnez-lui un serveur de temps (1 Réseau)."},
		"media.down": {"Le son est arrêté : les appels sont refusés.", "7 Redémarrage, relancer le son ; voyez aussi 8 Journaux."}, "journal": {"Le journal ne s’écrit plus.", "Libérez de la place sur la partition des données."},
		"tls.certificate": {"Le certificat de SIP sur TLS est suivi par le boîtier.", "S’il est signalé, remplacez les fichiers tls_cert et tls_key : le boîtier les reprend en dix minutes."},
	}
}
