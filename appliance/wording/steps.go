package wording

// steps is what may go wrong in a step of a line's test call: the codes of console.TestStep.
func steps() []Entry {
	return []Entry{
		{
			"busy",
			Words{"la ligne répond « occupé »", "Réessayez quand un canal est libre ; si cela dure, l’opérateur compte moins de canaux que le document du site."},
			Words{"the line answers busy", "Try again when a channel is free; if it lasts, the carrier counts fewer channels than the site document."},
		},
		{
			"silent",
			Words{"rien n’est arrivé à temps", "Vérifiez l’accès Internet, l’adresse de l’opérateur et le pare-feu ; « autocom doctor » cherche la cause."},
			Words{"nothing came in time", "Check the Internet line, the carrier’s address and the firewall; “autocom doctor” looks for the cause."},
		},
		{
			"refused",
			Words{"la ligne refuse l’appel", "Comparez nom, mot de passe, format des numéros et numéro présenté à la lettre de l’opérateur."},
			Words{"the line refuses the call", "Compare name, password, number format and presented number with the carrier’s letter."},
		},
		{
			"ended",
			Words{"l’opérateur a mis fin à l’appel", "Montrez ce relevé à l’opérateur."},
			Words{"the carrier ended the call", "Show the carrier this report."},
		},
		{
			"elsewhere",
			Words{"quelqu’un d’autre a répondu à ce numéro", "Demandez à l’opérateur où il envoie les appels de ce numéro."},
			Words{"somebody else answered at this number", "Ask the carrier where it sends the calls of this number."},
		},
		{
			"identity",
			Words{"l’appel revient en montrant un autre numéro", "Demandez à l’opérateur quels numéros la ligne peut montrer (réglages from, assert, shown)."},
			Words{"the call comes back showing another number", "Ask the carrier which numbers the line may show (settings from, assert, shown)."},
		},
		{
			"failed",
			Words{"cette étape a échoué", "Montrez ce relevé à l’opérateur ; « autocom trunk test » donne le détail en anglais."},
			Words{"this step failed", "Show the carrier this report; “autocom trunk test” gives the details."},
		},
	}
}
