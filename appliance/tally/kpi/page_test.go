package kpi_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"autocom/appliance/tally/kpi"
	"autocom/appliance/tally/ledger"
)

//go:generate go test -run ^TestDefinitionsAreWrittenDown$ -update .

var update = flag.Bool("update", false, "write docs/statistics.md again")

const page = "../../../docs/statistics.md"

// TestDefinitionsAreWrittenDown holds docs/statistics.md to the definitions that the program counts by.
func TestDefinitionsAreWrittenDown(t *testing.T) {
	got := printed()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil || string(want) != got {
		t.Errorf("docs/statistics.md says something else than the definitions: run go generate ./appliance/tally/kpi (%v)", err)
	}
	for _, d := range kpi.Definitions() {
		if strings.Count(got, "`"+string(d.ID)+"`") != 1 {
			t.Errorf("%s does not stand once in the page", d.ID)
		}
	}
}

func printed() string {
	var b strings.Builder
	r := ledger.DefaultRules()
	fmt.Fprintf(&b, `# Statistiques : ce que dit chaque chiffre

<!-- Écrite par « go generate ./appliance/tally/kpi » d'après les définitions du programme ; ne pas la modifier à la main. -->

Un chiffre sans sa définition ne veut rien dire : à attente semblable, deux maisons annoncent 48 %% et 83 %% de décroché selon qu'ils comptent ou non
les appels perdus avant la file. Ici, chaque chiffre a un nom qui n'est qu'à lui, et chaque façon de le compter aussi.

## Ce qui est compté

- Un **appel** est le trajet d'un appelant ; il a une seule issue. Un **passage** est son séjour dans une file : un appel transféré ou débordé en a plusieurs.
  Une **présentation** est un appel proposé à un agent. Une **conversation** est ce qu'un agent a dit dans un appel.
- Une tentative de rappeler quelqu'un passe par sa file elle aussi ; elle est comptée à part : personne n'est entré.
- Un passage est compté **dans le quart d'heure de son entrée** dans la file, à quelque moment qu'il se termine. Le temps des agents est compté dans les quarts d'heure
  de l'horloge où il s'est écoulé.
- Sur chaque ligne, les passages **reçus** sont exactement la somme de ce qu'ils sont devenus :
  répondus + abandonnés + annulés + fermés + file pleine + aucun agent possible + attente maximale + sortis (rappel, messagerie, touche) + déplacés +
  en échec + interrompus + autres + **en cours**. Hors la plus longue attente, les chiffres ne comptent que les passages terminés.
- *Abandonné* : parti pendant l'attente. *Annulé* : parti pendant que le téléphone d'un agent sonnait. *Autre* : une issue inconnue de ce programme, ou dont le
  fait est perdu.
- Les sessions, pauses, conversations et post-appels ouverts comptent **jusqu'à maintenant**. Une pause s'arrête avec la session qui la contient.
- Les durées viennent d'une horloge qui ne saute jamais ; le jour où l'on change d'heure a 23 ou 25 heures, et l'heure qui revient deux fois fait deux lignes.
- On garde des nombres et des sommes, jamais des moyennes : le chiffre d'une semaine n'est pas la moyenne de ceux des jours.
- **Rien n'est pas zéro** : sans appel répondu, le délai de réponse n'est pas 0, il n'existe pas. Un export laisse alors la case vide.
- « 0 appel » se lit avec ce qui l'accompagne : combien de faits ont été lus, combien ont été retenus, et les trous du journal.

## Les seuils

| Seuil | Par défaut | Dit |
|---|---|---|
| T | %d s | répondu en T ou moins est répondu à temps ; chaque file peut avoir le sien, et T est écrit à côté du chiffre |
| abandon court | %d s | parti avant, l'appelant n'a pas vraiment attendu |
| fenêtre de réitération | %d h | rappeler dedans est une réitération ; un numéro masqué n'est jamais reconnu |

Avec d'autres seuils, tout est recompté depuis le journal.

## Les chiffres

`, r.GoalMS/1000, r.ShortMS/1000, r.RepeatMS/3_600_000)
	for _, d := range kpi.Definitions() {
		fmt.Fprintf(&b, "### %s\n\n`%s` · *%s* · %s\n\n> %s\n> **÷** %s\n", d.French, d.ID, d.English, unit(d.Unit), d.Num, d.Den)
		var by []string
		if d.Needs.Goal {
			by = append(by, "T")
		}
		if d.Needs.Short {
			by = append(by, "l'abandon court")
		}
		if d.Needs.Repeat {
			by = append(by, "la fenêtre de réitération")
		}
		if len(by) > 0 {
			fmt.Fprintf(&b, "\nDépend de : %s.\n", strings.Join(by, ", "))
		}
		if d.Note != "" {
			fmt.Fprintf(&b, "\n%s\n", d.Note)
		}
		b.WriteString("\n")
	}
	b.WriteString(`## Où les lire

Sur le boîtier, « autocom stats » montre la journée en cours, une ligne par file ; « --day », ou « --from » et « --to », choisissent les jours, « --by » ce qui a sa ligne (queue, agent,
section, route, campaign ou together), « --step » la durée d'une ligne (quarter, hour, day, period), « --columns » les chiffres par leur nom. « --csv FICHIER --french » écrit le tableau
pour un tableur français : tous les chiffres, et d'abord ce dont ils dépendent. Un programme demande la même chose à « GET /v1/statistics » sur la prise de commande.

Le boîtier suit son journal : un chiffre change dans la seconde. Il garde aujourd'hui et les 33 jours d'avant ; les faits partent à la console centrale quand il y
est inscrit.

## Ce qui n'est pas compté

La satisfaction (CSAT, NPS) : aucun fait du journal ne dit ce que l'appelant en pense. Le taux de nuisance des
campagnes : l'agent y est sonné d'abord, et personne n'est appelé sans quelqu'un pour lui parler.

Les chiffres d'une personne sont des données personnelles : par défaut on montre ceux d'une équipe, et à chacun les siens.
`)
	return b.String()
}

func unit(u kpi.Unit) string {
	switch u {
	case kpi.Share:
		return "en %"
	case kpi.Duration:
		return "durée moyenne"
	case kpi.Longest:
		return "durée maximale"
	case kpi.Agents:
		return "en agents"
	case kpi.Load:
		return "en erlangs"
	case kpi.Count:
		return "nombre moyen"
	default:
		return ""
	}
}
