package localapi

import "context"

// said is what happened and what to do about it.
type said struct{ sentence, remedy string }

type bothLanguages struct{ fr, en said }

func (b bothLanguages) in(language string) said {
	if language == "en" {
		return b.en
	}
	return b.fr
}

// words are those of a problem's code. A code without words is a mistake that a test finds.
func words(code string) bothLanguages {
	switch code {
	case "session.none":
		return bothLanguages{
			said{"Vous n’êtes pas connecté.", "Connectez-vous, puis recommencez."},
			said{"You are not signed in.", "Sign in, then try again."},
		}
	case "sign_in.wrong":
		return bothLanguages{
			said{"Le nom et le mot de passe ne vont pas ensemble.", "Vérifiez-les ; si le mot de passe est oublié, demandez une nouvelle invitation à l’administrateur."},
			said{"The name and the password do not fit.", "Check them; if the password is forgotten, ask the administrator for another invitation."},
		}
	case "invitation.invalid":
		return bothLanguages{
			said{"Cette invitation n’est pas valable : mal tapée, déjà servie ou périmée.", "Vérifiez le nom et le code, ou demandez une nouvelle invitation."},
			said{"This invitation is not valid: it is mistyped, was used, or is over.", "Check the name and the code, or ask for another invitation."},
		}
	case "code.invalid":
		return bothLanguages{
			said{"Ce code n’est pas valable : mal tapé, déjà servi ou périmé.", "Demandez-en un autre : autocom admin code."},
			said{"This code is not valid: it is mistyped, was used, or is over.", "Ask for another one: autocom admin code."},
		}
	case "password.short":
		return bothLanguages{
			said{"Le mot de passe a moins de 12 caractères.", "Choisissez-en un plus long : quatre mots font l’affaire."},
			said{"The password has fewer than 12 characters.", "Choose a longer one: four words will do."},
		}
	case "password.long":
		return bothLanguages{said{"Le mot de passe est trop long.", "Restez sous 1 000 caractères."}, said{"The password is too long.", "Stay below 1,000 characters."}}
	case "password.simple":
		return bothLanguages{
			said{"Le mot de passe est un seul caractère répété, ou votre nom.", "Choisissez-en un autre."},
			said{"The password is one character again and again, or your name.", "Choose another one."},
		}
	case "key.invalid":
		return bothLanguages{
			said{"Cette clé n’est pas valable : mal copiée, périmée ou retirée.", "Demandez une clé à l’administrateur de l’agence."},
			said{"This key is not valid: it is mistyped, over, or was withdrawn.", "Ask the branch's administrator for a key."},
		}
	case "key.refused":
		return bothLanguages{
			said{"Cette clé ne peut pas être faite ainsi.", "Donnez-lui un nom court, au moins un droit connu et une date à venir ; retirez celles qui ne servent plus."},
			said{"Such a key cannot be made.", "Give it a short name, at least one known scope and a date to come; withdraw those no longer in use."},
		}
	case "key.unknown":
		return bothLanguages{said{"Cette clé n’existe pas, ou plus.", "Relisez la liste."}, said{"There is no such key, or no longer.", "Read the list again."}}
	case "people.full":
		return bothLanguages{said{"Trop de personnes sont enregistrées.", "Retirez celles qui sont parties."}, said{"Too many people are kept here.", "Remove some who left."}}
	case "person.unknown":
		return bothLanguages{
			said{"Le document de site ne nomme personne ainsi.", "Ajoutez la personne parmi les agents, les superviseurs ou les administrateurs."},
			said{"The site document names nobody so.", "Add the person among the agents, the supervisors or the administrators."},
		}
	case "right.missing":
		return bothLanguages{said{"Vous n’avez pas ce droit.", "Demandez-le à l’administrateur."}, said{"You may not do this.", "Ask the administrator for the right."}}
	case "role.unclear":
		return bothLanguages{
			said{"Vous avez plusieurs rôles : dites lequel donne cet ordre.", "Ajoutez \"as\" : agent, supervisor ou administrator."},
			said{"You have several roles: say which of them gives this command.", "Add \"as\": agent, supervisor or administrator."},
		}
	case "refused":
		return bothLanguages{said{"Le central ne l’a pas fait.", ""}, said{"The exchange did not do it.", ""}}
	case "malformed":
		return bothLanguages{said{"Cette demande ne peut pas être lue.", "Voyez /api/v1/openapi.json."}, said{"This request cannot be read.", "See /api/v1/openapi.json."}}
	case "large":
		return bothLanguages{said{"C’est trop à la fois.", "Envoyez-en moins."}, said{"That is too much at once.", "Send less."}}
	case "origin":
		return bothLanguages{
			said{"Cette demande vient de la page d’un autre site.", "Utilisez la page du boîtier lui-même."},
			said{"This request comes from another site's page.", "Use the box's own page."},
		}
	case "media_type":
		return bothLanguages{said{"Seul le JSON est accepté.", "Envoyez Content-Type: application/json."}, said{"Only JSON is taken.", "Send Content-Type: application/json."}}
	case "not_found":
		return bothLanguages{said{"Rien de tel ici.", "Voyez /api/v1/openapi.json."}, said{"There is no such thing here.", "See /api/v1/openapi.json."}}
	case "often":
		return bothLanguages{said{"Trop d’essais.", "Attendez un peu, puis recommencez."}, said{"That was tried too often.", "Wait a little, then try again."}}
	case "busy":
		return bothLanguages{said{"Le boîtier n’a pas répondu à temps.", "Recommencez dans un instant."}, said{"The box did not answer in time.", "Try again in a moment."}}
	case "failed":
		return bothLanguages{said{"Le boîtier a échoué.", "Recommencez ; si cela dure, son journal dit pourquoi."}, said{"The box failed.", "Try again; if it stays so, its log says why."}}
	}
	return bothLanguages{}
}

type languageKey struct{}

// languageOf is the language of who asks: "fr" or "en".
func languageOf(ctx context.Context) string {
	if l, ok := ctx.Value(languageKey{}).(string); ok {
		return l
	}
	return "fr"
}
