package wording

// link is every trouble of the link to the central console: the codes of cloud-sync/wire and those of cloud-sync/uplink.
func link() []Entry {
	return []Entry{
		// On the way to the console.
		{
			"portal",
			Words{"Un portail d’accès (hôtel, fournisseur, proxy) répond à la place de la console.", "Ouvrez l’accès du boîtier sur ce réseau, ou branchez-le ailleurs."},
			Words{"An access portal (hotel, provider, proxy) answers in place of the console.", "Let the box through on this network, or plug it in elsewhere."},
		},
		{
			"clock",
			Words{"L’heure du boîtier est fausse : le certificat de la console ne lui semble pas encore valable.", "Donnez-lui un serveur de temps (port série, 1 Réseau)."},
			Words{"The box’s time is wrong: the console’s certificate seems not valid yet.", "Give it a time server (serial port, 1 Network)."},
		},
		{
			"server.expired",
			Words{"Le certificat de la console a expiré.", "Vérifiez l’heure du boîtier (port série, 1 Réseau), puis prévenez qui tient la console."},
			Words{"The console’s certificate is over.", "Check the box’s time (serial port, 1 Network), then tell whoever runs the console."},
		},
		{
			"server.certificate",
			Words{"Ce qui répond à cette adresse n’est pas la console Autocom.", "Relisez l’adresse et le port ; un proxy qui ouvre le TLS doit exempter le boîtier."},
			Words{"What answers at this address is not the Autocom console.", "Read address and port again; a proxy that opens TLS must exempt the box."},
		},
		{
			"server.bad",
			Words{"L’adresse de la console n’en est pas une.", "Écrivez-la comme https://console.example.org"},
			Words{"The console’s address is no address.", "Write it like https://console.example.org"},
		},
		{
			"server.name",
			Words{"Le nom de la console est introuvable.", "Relisez l’adresse ; si elle est juste, vérifiez le DNS (port série, 1 Réseau)."},
			Words{"The console’s name cannot be found.", "Read the address again; if it is right, check the DNS (serial port, 1 Network)."},
		},
		{
			"server.unreachable",
			Words{"La console ne répond pas.", "Vérifiez l’arrivée Internet, et que le pare-feu laisse sortir le boîtier vers ce port."},
			Words{"The console does not answer.", "Check the Internet line, and that the firewall lets the box out to this port."},
		},
		{
			"server.cut",
			Words{"La liaison avec la console a été coupée en route.", "Le boîtier réessaie seul ; pendant un rattachement, recommencez : rien n’est changé."},
			Words{"The connection to the console was cut on its way.", "The box tries again by itself; while attaching, try again: nothing is changed."},
		},
		{
			"server.answer",
			Words{"La console donne une réponse que ce boîtier ne peut pas utiliser.", "Prévenez qui tient la console ; rien n’est changé."},
			Words{"The console gives an answer that this box cannot use.", "Tell whoever runs the console; nothing is changed."},
		},
		{
			"proxy",
			Words{"Le proxy de l’agence ne laisse pas passer le boîtier.", "Laissez-le joindre la console, ou corrigez cloud.proxy : adresse, nom, mot de passe."},
			Words{"The branch’s proxy does not let the box through.", "Let it reach the console, or mend cloud.proxy: address, user, password."},
		},
		// Enrolment.
		{
			"claim.shape",
			Words{"Le code de rattachement est mal recopié.", "Il a 12 lettres et chiffres, écrits XXXX-XXXX-XXXX : relisez-le."},
			Words{"The claim code is not copied right.", "It has 12 letters and digits, written XXXX-XXXX-XXXX: read it again."},
		},
		{
			"claim.unknown",
			Words{"La console ne connaît pas ce code : il a servi, il est périmé ou il a été retiré.", "Demandez-en un nouveau à l’administrateur."},
			Words{"The console does not know this code: it was used, is over or was withdrawn.", "Ask the administrator for a new one."},
		},
		{
			"claim.proof",
			Words{"Le code est faux, ou un équipement s’interpose entre le boîtier et la console.", "Relisez-le ; s’il est juste, exemptez le boîtier de l’inspection TLS du réseau."},
			Words{"The code is wrong, or some device stands between the box and the console.", "Read it again; if it is right, exempt the box from the network’s TLS inspection."},
		},
		{
			"enrolled",
			Words{"Ce boîtier est déjà rattaché.", "Détachez-le d’abord."},
			Words{"This box belongs to a console already.", "Let it leave first."},
		},
		// What the console itself says.
		{
			"too_often",
			Words{"La console a reçu trop d’essais.", "Attendez quelques minutes avant de recommencer."},
			Words{"The console got too many tries.", "Wait some minutes before you try again."},
		},
		{
			"busy",
			Words{"La console est occupée.", "Recommencez dans une minute."},
			Words{"The console is busy.", "Try again in a minute."},
		},
		{
			"internal",
			Words{"La console répond qu’elle ne peut pas.", "Recommencez plus tard ; si cela dure, prévenez qui la tient."},
			Words{"The console answers that it cannot.", "Try again later; if it lasts, tell whoever runs it."},
		},
		{
			"request.bad",
			Words{"La console ne comprend pas ce boîtier.", "Comparez leurs versions et mettez la plus ancienne à jour."},
			Words{"The console does not understand this box.", "Compare their versions and update the older one."},
		},
		{
			"device.unknown",
			Words{"La console ne connaît pas ce boîtier.", "Détachez-le ici, puis rattachez-le avec un code neuf."},
			Words{"The console does not know this box.", "Let it leave here, then attach it with a new code."},
		},
		{
			"device.revoked",
			Words{"La console a exclu ce boîtier.", "Demandez un code neuf à l’administrateur, détachez le boîtier, puis rattachez-le."},
			Words{"The console has shut this box out.", "Ask the administrator for a new code, let the box leave, then attach it."},
		},
		{
			"certificate.expired",
			Words{"La console n’accepte pas la date du certificat de ce boîtier.", "Comparez l’heure du boîtier et celle de la console (port série, 1 Réseau)."},
			Words{"The console does not accept the date of this box’s certificate.", "Compare the time of the box with the console’s (serial port, 1 Network)."},
		},
		{
			"certificate.refused",
			Words{"La console refuse le certificat de ce boîtier.", "Si cela dure, détachez-le puis rattachez-le avec un code neuf."},
			Words{"The console refuses this box’s certificate.", "If this lasts, let it leave, then attach it with a new code."},
		},
		{
			"identity",
			Words{"Le boîtier ne peut plus lire ou écrire son certificat.", "Rattachez-le avec un code neuf ; si cela échoue, le disque est plein ou abîmé."},
			Words{"The box can no longer read or write its certificate.", "Attach it with a new code; if that fails, the disk is full or damaged."},
		},
		{
			"link.failed",
			Words{"La liaison avec la console a échoué.", "Le boîtier réessaie seul ; la cause est dans les journaux (port série, 8 Journaux)."},
			Words{"The link to the console failed.", "The box tries again by itself; the cause is in the logs (serial port, 8 Logs)."},
		},
	}
}
