package console

// becauseOfARecording says what was refused of recordings and messages that were made.
func becauseOfARecording(code string) bilingual {
	switch code {
	case "recording.erased":
		return bilingual{
			"it was erased: its key is gone, and nobody can bring it back; the facts of its call say who erased it",
			"il est effacé\u00a0: sa clé n’existe plus, personne ne peut le faire revenir\u00a0; les faits de son appel disent qui l’a effacé",
		}
	case "recording.key_lost":
		return bilingual{
			"the box's key for it is lost or changed: put the key file of before back into its directory; without it nobody can read it",
			"la clé du boîtier est perdue ou changée\u00a0: remettez le fichier de clé d’avant dans son répertoire\u00a0; sans lui, personne ne peut le lire",
		}
	case "message.open":
		return bilingual{
			"the message is being left: ask again when the caller has hung up",
			"le message est en train d’être laissé\u00a0: redemandez quand l’appelant aura raccroché",
		}
	default:
		return bilingual{}
	}
}
