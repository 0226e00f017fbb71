package policy

import (
	"slices"
	"time"

	"autocom/appliance/exchange/hours"
)

// RuleID is a rule's stable name, in reasons and in documents.
type RuleID string

// The rules. docs/regles-france.md prints the table; the sentences there are those of this file.
const (
	RuleHelpDialled RuleID = "emergency.dialled"
	RuleHelpTarget  RuleID = "emergency.target"

	RulePremium RuleID = "form.class"

	RuleConsent   RuleID = "prospecting.consent"
	RuleContract  RuleID = "prospecting.contract"
	RuleSector    RuleID = "prospecting.sector"
	RuleDays      RuleID = "prospecting.days"
	RuleHours     RuleID = "prospecting.hours"
	RuleHolidays  RuleID = "prospecting.holidays"
	RuleFrequency RuleID = "prospecting.frequency"
	RuleRefusal   RuleID = "prospecting.refusal"
	RuleCallback  RuleID = "prospecting.callback"

	RuleVerified RuleID = "presented.verified"
	RuleFew      RuleID = "presented.few"
	RuleOwned    RuleID = "presented.allowed"

	RuleRetention RuleID = "recording.retention"
	RuleOnDemand  RuleID = "recording.on_demand"
	RuleBasis     RuleID = "recording.basis"
)

// Rule is one rule of a country, for as long as it holds. A rule that changes gets an end and a second row.
type Rule struct {
	ID      RuleID
	Country string // ISO 3166
	From    string // first day it holds, ISO 8601
	Until   string // first day it no longer holds; empty: still in force

	Count int            // calls, numbers or percents, by the rule
	Days  int            // calendar days
	Week  []time.Weekday // days of the week
	Hours []hours.Range  // of such a day, by the called person's clock
	Names []string       // prefixes of numbers (E.164), sectors or classes, by the rule

	Source   string // law, decree, decision
	Sentence string // in French, as screens and documents say it
}

const (
	lawOfConsent = "loi n° 2025-594 du 30 juin 2025, art. 13 (Code de la consommation, art. L. 223-1)"
	decree       = "décret n° 2022-1313 du 13 octobre 2022 (Code de la consommation, art. D. 223-9)"
	numbering    = "ARCEP, décision n° 2022-1583 du 1er septembre 2022 (plan de numérotation, décision n° 2018-0881, annexe 1)"
	emergencyLaw = "Code des postes et des communications électroniques, art. D. 98-8 ; ARCEP, liste des numéros d’urgence"
	cnil         = "CNIL, fiche « L’écoute et l’enregistrement des appels »"
)

// Rules lists every row.
func Rules() []Rule { return slices.Clone(rules) }

// rules is the table. It never changes.
var rules = []Rule{
	{
		ID: RuleHelpDialled, Country: "FR", From: "2004-07-10", Source: emergencyLaw,
		Sentence: "Un numéro d’urgence se compose toujours, avec ou sans préfixe : aucune interdiction, aucun verrou, aucune pause, aucun horaire ne l’arrête.",
	},
	{
		ID: RuleHelpTarget, Country: "FR", From: "2004-07-10", Source: "règle du boîtier, d’après l’usage des services d’urgence (l’appelant doit être localisé)",
		Sentence: "Un numéro d’urgence n’est jamais la cible d’un transfert, d’un renvoi, d’un acheminement, d’un rappel ni d’une campagne.",
	},
	{
		ID: RulePremium, Country: "FR", From: "2015-10-01", Names: []string{string(ClassPremium), string(ClassSatellite)},
		Source:   "règle du boîtier, contre la fraude ; ARCEP, décision n° 2018-0881 (numéros à valeur ajoutée)",
		Sentence: "Un rappel ou une campagne n’appelle jamais un numéro surtaxé ni un satellite ; un rappel demandé par formulaire n’appelle que le pays.",
	},
	{
		ID: RuleConsent, Country: "FR", From: "2026-08-11", Source: lawOfConsent,
		Sentence: "Un consommateur n’est démarché que s’il y a consenti auparavant, et peut retirer ce consentement ; la preuve (source, texte, date) est à l’entreprise. Bloctel a pris fin le même jour.",
	},
	{
		ID: RuleContract, Country: "FR", From: "2020-07-26", Source: lawOfConsent,
		Sentence: "Le consentement n’est pas exigé, et les secteurs ne sont pas interdits, pour un appel dans le cadre d’un contrat en cours et en rapport avec son objet.",
	},
	{
		ID: RuleSector, Country: "FR", From: "2020-07-26", Until: "2025-07-02", Names: []string{string(SectorEnergy)},
		Source:   "loi n° 2020-901 du 24 juillet 2020 (Code de la consommation, art. L. 223-1)",
		Sentence: "Le démarchage est interdit pour la rénovation énergétique.",
	},
	{
		ID: RuleSector, Country: "FR", From: "2025-07-02", Names: []string{string(SectorEnergy), string(SectorHome)}, Source: lawOfConsent,
		Sentence: "Le démarchage est interdit pour la rénovation énergétique et l’adaptation des logements au vieillissement ou au handicap, même avec un consentement.",
	},
	{
		ID: RuleDays, Country: "FR", From: "2023-03-01", Week: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, Source: decree,
		Sentence: "On ne démarche que du lundi au vendredi.",
	},
	{
		ID: RuleHours, Country: "FR", From: "2023-03-01", Hours: []hours.Range{{From: 10 * 60, To: 13 * 60}, {From: 14 * 60, To: 20 * 60}}, Source: decree,
		Sentence: "On ne démarche que de 10 h à 13 h et de 14 h à 20 h, à l’heure de la personne appelée, outre-mer compris.",
	},
	{
		ID: RuleHolidays, Country: "FR", From: "2023-03-01", Source: decree + " ; Code du travail, art. L. 3133-1 ; par prudence, les jours propres à l’outre-mer (art. L. 3422-2)",
		Sentence: "On ne démarche pas un jour férié du lieu de la personne appelée.",
	},
	{
		ID: RuleFrequency, Country: "FR", From: "2023-03-01", Count: 4, Days: 30, Source: decree,
		Sentence: "Une personne n’est pas sollicitée plus de 4 fois en 30 jours calendaires, tentatives comprises.",
	},
	{
		ID: RuleRefusal, Country: "FR", From: "2023-03-01", Days: 60, Source: decree,
		Sentence: "Qui a refusé n’est pas rappelé pendant 60 jours calendaires révolus.",
	},
	{
		ID: RuleCallback, Country: "FR", From: "2020-07-26", Source: "lecture du Code de la consommation, art. L. 223-1 : l’appel est sollicité par la personne",
		Sentence: "Rappeler quelqu’un qui l’a demandé n’est pas du démarchage : ni consentement, ni heures, ni fréquence ne s’y appliquent.",
	},
	{
		ID: RuleVerified, Country: "FR", From: "2023-01-01", Source: numbering,
		Names: []string{
			"+33162", "+33163", "+33270", "+33271", "+33377", "+33378", "+33424", "+33425", "+33568", "+33569", "+33948", "+33949",
			"+339475", "+339476", "+339477", "+339478", "+339479",
		},
		Sentence: "Un système qui compose lui-même ses appels présente un numéro polyvalent vérifié (NPV), jamais un numéro géographique ordinaire, un 09 ordinaire ni un mobile.",
	},
	{
		ID: RuleFew, Country: "FR", From: "2023-01-01", Count: 5, Days: 30, Source: numbering,
		Sentence: "En est exempté un système qui n’appelle pas plus de 5 numéros différents en 30 jours.",
	},
	{
		ID: RuleOwned, Country: "FR", From: "2020-07-26",
		Source:   "loi n° 2020-901 du 24 juillet 2020, art. 10 (CPCE, art. L. 44) ; ARCEP, décision de décembre 2025 sur l’authentification des numéros (MAN)",
		Sentence: "Un numéro présenté est toujours l’un de ceux que le contrat de la ligne permet.",
	},
	{
		ID: RuleRetention, Country: "FR", From: "2018-05-25", Days: 180, Source: cnil,
		Sentence: "Un enregistrement n’est pas gardé plus de 180 jours.",
	},
	{
		ID: RuleOnDemand, Country: "FR", From: "2018-05-25", Source: cnil,
		Sentence: "Par défaut rien n’est enregistré que sur demande : l’enregistrement permanent ou systématique n’est pas permis.",
	},
	{
		ID: RuleBasis, Country: "FR", From: "2018-05-25", Count: 100, Source: cnil + " ; RGPD, art. 6",
		Sentence: "Enregistrer d’office, tous les appels ou une part d’entre eux, demande une base légale et un but écrits.",
	},
}

// inForce finds the row of a rule that holds in a country on a day (ISO 8601); false when none does.
func inForce(country string, id RuleID, day string) (Rule, bool) {
	for _, r := range rules {
		if r.ID == id && r.Country == country && day >= r.From && (r.Until == "" || day < r.Until) {
			return r, true
		}
	}
	return Rule{}, false
}

// standing is the row of a rule that has no end, for documents that are checked without a date.
func standing(id RuleID) Rule {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id && r.Until == "" })
	if i < 0 {
		return Rule{}
	}
	return rules[i]
}

// RetentionDays is the longest a recording may be kept.
func RetentionDays() int { return standing(RuleRetention).Days }

// NeedsBasis reports whether recording so many of 100 calls without being asked needs a stated legal basis.
func NeedsBasis(percent int) bool { return percent > 0 && percent <= standing(RuleBasis).Count }
