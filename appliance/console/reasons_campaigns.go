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
		return bilingual{"nobody has spoken with that contact yet: their phone still rings", "personne n’a encore parlé à ce contact\u00a0: son téléphone sonne encore"}
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
