package console

// becauseOfACampaign says what was refused because of outbound campaigns and the people they call.
func becauseOfACampaign(code string) bilingual {
	switch code {
	case "campaign.unknown":
		return bilingual{"there is no such campaign", "cette campagne n’existe pas"}
	case "campaign.no_deed":
		return bilingual{"that cannot be done with a campaign", "cela ne se fait pas avec une campagne"}
	case "campaign.list":
		return bilingual{"that list cannot be taken in", "cette liste ne peut pas être lue"}
	case "campaign.nobody":
		return bilingual{"nobody of that campaign is to be called now", "personne de cette campagne n’est à appeler maintenant"}
	case "campaign.progressive":
		return bilingual{"the box calls the people of that campaign by itself", "le boîtier appelle de lui-même les contacts de cette campagne"}
	case "consent.later", "consent.no_proof":
		return bilingual{"a consent needs its proof and a time that is past", "un consentement demande sa preuve et une date passée"}
	case "consent.revoked":
		return bilingual{"that person no longer wants to be called", "cette personne ne veut plus être appelée"}
	case "contact.unknown":
		return bilingual{"there is no such contact", "ce contact n’existe pas"}
	case "contact.not_reached":
		return bilingual{"nobody has spoken with that contact", "personne n’a parlé à ce contact"}
	case "campaign.paused":
		return bilingual{"that campaign is held: start it first", "cette campagne est en pause\u00a0: lancez-la d’abord"}
	case "campaign.not_begun":
		return bilingual{"that campaign has not begun: see its first day in the site document", "cette campagne n’a pas commencé\u00a0: voyez son premier jour dans le document du site"}
	case "campaign.over":
		return bilingual{"that campaign is over: see its last day in the site document", "cette campagne est finie\u00a0: voyez son dernier jour dans le document du site"}
	case "campaign.hours":
		return bilingual{"that campaign calls nobody at this hour: see its days and hours in the site document", "cette campagne n’appelle personne à cette heure\u00a0: voyez ses jours et ses heures dans le document du site"}
	case "campaign.gap":
		return bilingual{"that campaign waits a moment between two calls", "cette campagne attend un peu entre deux appels"}
	case "campaign.full":
		return bilingual{"that campaign has as many contacts as it can: put the list into another one", "cette campagne a autant de fiches qu’elle le peut\u00a0: mettez la liste dans une autre"}
	case "campaign.not_theirs":
		return bilingual{"that campaign is not one of this agent's: see its queue, or its agents", "cette campagne n’est pas à cet agent\u00a0: voyez sa file, ou ses agents"}
	case "list.duplicate":
		return bilingual{"that number is there already", "ce numéro y est déjà"}
	case "list.columns":
		return bilingual{"that line has not as many fields as the first", "cette ligne n’a pas autant de champs que la première"}
	case "list.quotes":
		return bilingual{"a quote of that line is not closed", "un guillemet de cette ligne n’est pas fermé"}
	case "list.encoding":
		return bilingual{"that line is no UTF-8: save the list as CSV UTF-8", "cette ligne n’est pas en UTF-8\u00a0: enregistrez la liste en CSV UTF-8"}
	case "list.date":
		return bilingual{"that is no day: write 2026-11-23 or 23/11/2026", "ce n’est pas un jour\u00a0: écrivez 2026-11-23 ou 23/11/2026"}
	case "contact.not_theirs":
		return bilingual{"that contact is not this agent's", "cette fiche n’est pas à cet agent"}
	case "contact.attempts":
		return bilingual{"that person was called as often as the campaign allows", "cette personne a été appelée autant que la campagne le permet"}
	case "contact.on_the_line":
		return bilingual{"that person is on the line already", "cette personne est déjà en ligne"}
	case "contact.no_mark":
		return bilingual{"there is no such mark: choose converted, refused, wrong_number, machine or later", "cette note n’existe pas\u00a0: choisissez converted, refused, wrong_number, machine ou later"}
	case "contact.later":
		return bilingual{"say when to call again: from now on, and within 60 days", "dites quand rappeler\u00a0: à partir de maintenant, et dans les 60 jours"}
	case "contact.waiting":
		return bilingual{"nobody has that contact: it waits to be called", "personne n’a cette fiche\u00a0: elle attend d’être appelée"}
	case "contact.allocated":
		return bilingual{"an agent has that contact", "un agent a cette fiche"}
	case "contact.dialling":
		return bilingual{"that contact is being called", "cette fiche est en cours d’appel"}
	case "contact.resting":
		return bilingual{"that contact is left in peace for a while", "cette fiche est laissée en repos un moment"}
	case "contact.done":
		return bilingual{"that contact was reached, or given up", "cette fiche est terminée\u00a0: la personne fut jointe, ou non"}
	case "contact.refused":
		return bilingual{"that person does not want to be called", "cette personne ne veut pas être appelée"}
	case "contact.cancelled":
		return bilingual{"that contact is not to be called any more", "cette fiche n’est plus à appeler"}
	case "contact.spoke":
		return bilingual{"that person was spoken with a short while ago", "on a parlé à cette personne il y a peu"}
	case "call.of_campaign":
		return bilingual{"a campaign's call stays where it is", "un appel de campagne reste où il est"}
	case "agent.paused":
		return bilingual{"the agent is in a pause", "l’agent est en pause"}
	case "agent.has_contact":
		return bilingual{"the agent has a contact already", "l’agent a déjà un contact"}
	case "agent.no_contact":
		return bilingual{"the agent has no contact", "l’agent n’a pas de contact"}
	default:
		return bilingual{}
	}
}
