package policy

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/hours"
)

//go:generate go test -run ^TestRulesAreWrittenDown$ -update .

var update = flag.Bool("update", false, "write docs/regles-france.md again")

const rulesPage = "../../../docs/regles-france.md"

func TestRulesAreWrittenDown(t *testing.T) {
	page := printed()
	if *update {
		if err := os.WriteFile(rulesPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	on, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(on) != page {
		t.Error("docs/regles-france.md is not what the tables say: go generate ./appliance/exchange/policy")
	}
}

// printed is the page.
func printed() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Les règles françaises, telles que le boîtier les applique\n")
	line("Page écrite par `go generate ./appliance/exchange/policy` à partir des tables ; un test la compare. Chaque règle est une ligne datée :")
	line("quand la loi change, la ligne reçoit une fin et une nouvelle ligne la suit. Ce n’est pas un avis juridique.\n")
	line("## Règles\n")
	line("| Règle | Du | Au | Valeur | Ce qu’elle dit | Source |\n|---|---|---|---|---|---|")
	for _, r := range Rules() {
		line("| `%s` | %s | %s | %s | %s | %s |", r.ID, r.From, orDash(r.Until), value(r), r.Sentence, r.Source)
	}
	line("\n## Chemins de sortie\n")
	line("Tout appel qui sort passe par la même porte, après lecture du numéro sous sa forme internationale.\n")
	line("| Chemin | Droits de qui demande | Interdictions de transfert | Numéro d’urgence | Surtaxé, satellite | Étranger | Démarchage |\n|---|---|---|---|---|---|---|")
	for _, w := range ways() {
		line("| %s (`%s`) | %s | %s | %s | %s | %s | %s |", w.french, w.path, yes(w.rights, "comptent", "—"), yes(w.hands, "comptent", "—"),
			yes(w.help, "toujours permis", "jamais"), yes(w.alone, "jamais", "selon le site"), yes(w.home, "jamais", "selon le site"), yes(w.law, "règles appliquées", "—"))
	}
	line("\nListes de préfixes : celles du site, de la file et de l’agent valent ensemble. Un numéro passe quand chacune le laisse passer ; ce qui est")
	line("interdit l’emporte sur ce qui est permis ; dès qu’une liste permet quelque chose, elle refuse le reste.\n")
	line("## Numéros d’urgence\n")
	line("%s — ARCEP, liste des numéros d’urgence.\n", strings.Join(Emergency("FR"), ", "))
	line("## Numéros surtaxés\n")
	line("| Préfixe | Du | Au |\n|---|---|---|")
	for _, p := range premiums {
		if p.Country == "FR" {
			line("| %s | %s | %s |", p.Prefix, p.From, orDash(p.Until))
		}
	}
	line("\n## Où est la personne appelée\n")
	line("| Préfixe | Fuseau | Jours fériés |\n|---|---|---|")
	for _, p := range places {
		if p.Country == "FR" {
			line("| %s | %s | %s |", p.prefix, p.Zone, region(p.Region))
		}
	}
	line("\n## Jours fériés\n")
	line("| Jour | Quand | Où | Depuis | Source |\n|---|---|---|---|---|")
	for _, h := range hours.HolidayRules() {
		line("| %s | %s | %s | %d | %s |", h.Name, when(h), region(h.Region), h.From, h.Source)
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func yes(is bool, a, b string) string {
	if is {
		return a
	}
	return b
}

func region(r hours.Region) string {
	names := map[hours.Region]string{
		hours.France: "toute la France", hours.AlsaceMoselle: "Alsace-Moselle", hours.Guadeloupe: "Guadeloupe", hours.Martinique: "Martinique",
		hours.Guyane: "Guyane", hours.Reunion: "La Réunion", hours.Mayotte: "Mayotte", hours.SaintBarthelemy: "Saint-Barthélemy", hours.SaintMartin: "Saint-Martin",
	}
	return names[r]
}

func when(h hours.HolidayRule) string {
	switch {
	case h.Month == 0 && h.Day < 0:
		return fmt.Sprintf("%d jours avant Pâques", -h.Day)
	case h.Month == 0 && h.Day == 1:
		return "le lendemain de Pâques"
	case h.Month == 0:
		return fmt.Sprintf("%d jours après Pâques", h.Day)
	}
	months := []string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	d := strconv.Itoa(h.Day)
	if h.Day == 1 {
		d = "1er"
	}
	return d + " " + months[h.Month-1]
}

// value is what a rule counts.
func value(r Rule) string {
	var parts []string
	days := []string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	for _, d := range r.Week {
		parts = append(parts, days[d])
	}
	for _, h := range r.Hours {
		parts = append(parts, hours.Clock(h.From)+"–"+hours.Clock(h.To))
	}
	if r.Count > 0 {
		parts = append(parts, strconv.Itoa(r.Count))
	}
	if r.Days > 0 {
		parts = append(parts, strconv.Itoa(r.Days)+" jours")
	}
	parts = append(parts, r.Names...)
	return orDash(strings.Join(parts, ", "))
}

// Every rule has what a reader needs, no two rows of one rule overlap, and its days are days.
func TestRulesAreWhole(t *testing.T) {
	for i, r := range Rules() {
		if r.ID == "" || r.Country == "" || r.Source == "" || !strings.HasSuffix(r.Sentence, ".") {
			t.Errorf("%+v is not whole", r)
		}
		for _, day := range []string{r.From, r.Until} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				t.Errorf("%s: %q is no day", r.ID, day)
			}
		}
		for _, o := range Rules()[i+1:] {
			if o.ID == r.ID && o.Country == r.Country && (r.Until == "" || o.From < r.Until) && (o.Until == "" || r.From < o.Until) {
				t.Errorf("two rows of %s hold at once", r.ID)
			}
		}
		if standing(r.ID).ID != r.ID {
			t.Errorf("%s has ended: is its successor missing?", r.ID)
		}
	}
	if _, ok := hours.ZoneOf("Europe/Paris"); !ok {
		t.Error("no Paris")
	}
	for _, p := range places {
		if _, ok := hours.ZoneOf(p.Zone); !ok {
			t.Errorf("%s: no zone %s", p.prefix, p.Zone)
		}
		if !slices.Contains(hours.Regions(), p.Region) {
			t.Errorf("%s: no region %s", p.prefix, p.Region)
		}
	}
}
