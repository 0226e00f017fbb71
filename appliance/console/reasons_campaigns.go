package console

// becauseOfACampaign says what was refused because of outbound campaigns and the people they call.
func becauseOfACampaign(code string) string {
	switch code {
	case "campaign.unknown":
		return "there is no such campaign"
	case "campaign.no_deed":
		return "that cannot be done with a campaign"
	case "campaign.list":
		return "that list cannot be taken in"
	case "campaign.nobody":
		return "nobody of that campaign is to be called now"
	case "campaign.progressive":
		return "the box calls the people of that campaign by itself"
	case "consent.later", "consent.no_proof":
		return "a consent needs its proof and a time that is past"
	case "consent.revoked":
		return "that person no longer wants to be called"
	case "contact.unknown":
		return "there is no such contact"
	case "contact.spoke":
		return "that person was spoken with a short while ago"
	case "call.of_campaign":
		return "a campaign's call stays where it is"
	case "agent.paused":
		return "the agent is in a pause"
	case "agent.has_contact":
		return "the agent has a contact already"
	case "agent.no_contact":
		return "the agent has no contact"
	default:
		return ""
	}
}
