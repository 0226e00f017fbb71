package kpi

import "slices"

// Definitions lists the figures in the order they are shown.
func Definitions() []Definition {
	return slices.Concat(serviceLevels(), rates(), waits(), handling(), agents(), callers())
}

// serviceLevels are five figures that all go by one name elsewhere. What was abandoned, closed or came back decides which is meant.
func serviceLevels() []Definition {
	needs := Needs{Goal: true, Short: true}
	return []Definition{
		{
			ID: ServiceLevelOffered, Unit: Share, Scope: OfQueues, French: "Niveau de service (présentés)", English: "Service level (offered)", Needs: needs,
			Num: "passages répondus en T ou moins", Den: "passages terminés, sans les fermés ni les abandons courts",
			NumEN: "visits answered within T", DenEN: "visits that are over, without closed ones and short abandons",
			Note: "La définition de la maison : c'est elle que montre un écran qui dit « niveau de service » sans plus.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.Within, s.offered()} },
		},
		{
			ID: ServiceLevelAnswered, Unit: Share, Scope: OfQueues, French: "Niveau de service (répondus)", English: "Service level (answered)", Needs: Needs{Goal: true},
			Num: "passages répondus en T ou moins", Den: "passages répondus",
			NumEN: "visits answered within T", DenEN: "visits answered",
			Note: "Celle d'Asterisk et de Wazo. Elle ignore les abandons : elle peut monter quand on répond moins.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.Within, s.Visits.Answered} },
		},
		{
			ID: ServiceLevelHandled, Unit: Share, Scope: OfQueues, French: "Niveau de service (traités ou partis vite)", English: "Service level (handled)", Needs: Needs{Goal: true},
			Num: "passages répondus en T ou moins + abandonnés ou annulés en T ou moins", Den: "passages répondus + abandonnés + annulés",
			NumEN: "visits answered within T + abandoned or cancelled within T", DenEN: "visits answered + abandoned + cancelled",
			Note: "La seconde d'Asterisk : qui part avant T n'a pas attendu trop longtemps.",
			of: func(s Sums) Ratio {
				return Ratio{s.Visits.Within + s.Visits.LostWithin, s.Visits.Answered + s.lost()}
			},
		},
		{
			ID: ServiceLevelReceived, Unit: Share, Scope: OfQueues, French: "Niveau de service (reçus)", English: "Service level (received)", Needs: Needs{Goal: true},
			Num: "passages répondus en T ou moins", Den: "passages terminés",
			NumEN: "visits answered within T", DenEN: "visits that are over",
			Note: "La plus sévère : tout compte, même les appels arrivés hors des heures.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.Within, s.Visits.Over()} },
		},
		{
			ID: ServiceLevelAdvanced, Unit: Share, Scope: OfQueues, French: "Niveau de service (avancé)", English: "Service level (advanced)", Needs: Needs{Goal: true, Short: true, Repeat: true},
			Num:   "passages répondus en T ou moins + partis puis joints dans la fenêtre de réitération + partis que nul ne pouvait rappeler (numéro masqué, interne)",
			Den:   "passages terminés, sans les fermés ni les abandons courts",
			NumEN: "visits answered within T + lost and spoken with within the repeat window + lost and impossible to call back (withheld, internal)",
			DenEN: "visits that are over, without closed ones and short abandons",
			Note:  "Celle qui crédite les rappels. Elle monte encore après coup, quand un appelant perdu est rappelé.",
			of: func(s Sums) Ratio {
				return Ratio{s.Visits.Within + s.Visits.Recovered + s.Visits.Unreached, s.offered()}
			},
		},
	}
}

func rates() []Definition {
	return []Definition{
		{
			ID: AnswerRateQueue, Unit: Share, Scope: OfQueues, French: "Taux de décroché (files)", English: "Answer rate (queues)",
			Num: "passages répondus", Den: "passages terminés, sans les fermés", NumEN: "visits answered", DenEN: "visits that are over, without closed ones",
			Note: "Les appels perdus avant la file (SVI, annonce) n'y sont pas : voir le taux sur tous les appels.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.Answered, s.decided()} },
		},
		{
			ID: AnswerRateAll, Unit: Share, Scope: OfQueues, French: "Taux de décroché (tous les appels)", English: "Answer rate (all calls)",
			Num: "appels entrants répondus", Den: "appels entrants terminés, sans les fermés ni ceux réunis à un autre",
			NumEN: "inbound calls answered", DenEN: "inbound calls that are over, without closed ones and those that became part of another",
			Note: "Compte les appels perdus dans le SVI. Avec un filtre de files, seuls les appels qui ont atteint l'une d'elles comptent.",
			of: func(s Sums) Ratio {
				return Ratio{s.Inbound.Answered, s.Inbound.Over() - s.Inbound.Closed - s.Inbound.Merged}
			},
		},
		{
			ID: AbandonRate, Unit: Share, Scope: OfQueues, French: "Taux d'abandon", English: "Abandon rate", Needs: Needs{Short: true},
			Num: "passages abandonnés ou annulés, sans les abandons courts", Den: "passages terminés, sans les fermés ni les abandons courts",
			NumEN: "visits abandoned or cancelled, without short abandons", DenEN: "visits that are over, without closed ones and short abandons",
			Note: "Pour l'appelant, « annulé » est un abandon : les deux taux qui suivent le partagent.",
			of:   func(s Sums) Ratio { return Ratio{s.lost() - s.Visits.Short(), s.offered()} },
		},
		{
			ID: AbandonRateMusic, Unit: Share, Scope: OfQueues, French: "dont abandon pendant l'attente", English: "of which while waiting", Needs: Needs{Short: true},
			Num: "passages abandonnés, sans les courts", Den: "passages terminés, sans les fermés ni les abandons courts",
			NumEN: "visits abandoned, without short ones", DenEN: "visits that are over, without closed ones and short abandons",
			of: func(s Sums) Ratio { return Ratio{s.Visits.Abandoned - s.Visits.ShortAbandoned, s.offered()} },
		},
		{
			ID: AbandonRateRinging, Unit: Share, Scope: OfQueues, French: "dont annulé pendant la sonnerie", English: "of which while a phone rang", Needs: Needs{Short: true},
			Num: "passages annulés, sans les courts", Den: "passages terminés, sans les fermés ni les abandons courts",
			NumEN: "visits cancelled, without short ones", DenEN: "visits that are over, without closed ones and short abandons",
			of: func(s Sums) Ratio { return Ratio{s.Visits.Cancelled - s.Visits.ShortCancelled, s.offered()} },
		},
		{
			ID: MissedThenLeftRate, Unit: Share, Scope: OfQueues, French: "Part des abandons après un appel manqué", English: "Share of abandons after a missed offer",
			Num: "passages abandonnés dont au moins une présentation fut non répondue", Den: "passages abandonnés",
			NumEN: "visits abandoned after at least one offer was not answered", DenEN: "visits abandoned",
			Note: "Le reste est parti sans que personne ait été sonné : des pauses, plutôt que des appels manqués.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.Missed, s.Visits.Abandoned} },
		},
	}
}

func waits() []Definition {
	return []Definition{
		{
			ID: AvgSpeedOfAnswer, Unit: Duration, Scope: OfQueues, French: "Délai moyen de réponse", English: "Average speed of answer",
			Num: "attente des passages répondus", Den: "passages répondus", NumEN: "wait of the visits answered", DenEN: "visits answered",
			Note: "Depuis l'entrée dans la file, retours à la musique compris, SVI non compris.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.WaitAnsweredMS, s.Visits.Answered} },
		},
		{
			ID: AvgSpeedOfAnswerCall, Unit: Duration, Scope: OfQueues, French: "Délai moyen de réponse par appel", English: "Average speed of answer by call",
			Num: "attente, dans toutes leurs files, des appels entrants répondus qui ont attendu", Den: "ces appels",
			NumEN: "wait, in all their queues, of the inbound calls answered that were queued", DenEN: "those calls",
			Note: "L'attente d'une seconde file s'y ajoute ; elle ne s'ajoute pas au délai de la première.",
			of:   func(s Sums) Ratio { return Ratio{s.Inbound.WaitServed, s.Inbound.Served} },
		},
		{
			ID: AvgWait, Unit: Duration, Scope: OfQueues, French: "Attente moyenne", English: "Average wait",
			Num: "attente des passages terminés", Den: "passages terminés, sans les fermés ni ceux refusés par une file pleine",
			NumEN: "wait of the visits that are over", DenEN: "visits that are over, without closed ones and those turned away by a full queue",
			Note: "Répondus ou non : qui a abandonné a attendu aussi.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.WaitMS, s.decided() - s.Visits.Full} },
		},
		{
			ID: MaxWait, Unit: Longest, Scope: OfQueues, French: "Plus longue attente", English: "Longest wait",
			Num: "plus longue attente d'un passage, en cours compris", Den: "1", NumEN: "longest wait of a visit, those in progress included", DenEN: "1",
			of: func(s Sums) Ratio { return Ratio{s.Visits.MaxWaitMS, min(1, s.Visits.Received)} },
		},
		{
			ID: AvgTimeToAbandon, Unit: Duration, Scope: OfQueues, French: "Délai moyen avant abandon", English: "Average time to abandon",
			Num: "attente des passages abandonnés ou annulés", Den: "passages abandonnés ou annulés", NumEN: "wait of the visits abandoned or cancelled", DenEN: "visits abandoned or cancelled",
			Note: "Abandons courts compris.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.WaitLostMS, s.lost()} },
		},
	}
}

func handling() []Definition {
	return []Definition{
		{
			ID: AvgConversation, Unit: Duration, Scope: OfQueues, French: "Conversation moyenne", English: "Average conversation",
			Num: "conversation qui suit les réponses, garde comprise, avec qui que ce soit", Den: "passages répondus",
			NumEN: "conversation after the answers, hold included, with whomever", DenEN: "visits answered",
			Note: "Du point de vue de l'appelant : une minute à trois ne compte qu'une fois.",
			of:   func(s Sums) Ratio { return Ratio{s.Visits.TalkMS, s.Visits.Answered} },
		},
		{
			ID: AvgTalk, Unit: Duration, Scope: OfQueues, French: "Durée moyenne de communication (DMC)", English: "Average talk time",
			Num: "temps de parole des agents, sans la garde", Den: "passages répondus", NumEN: "agents' talk time, without hold", DenEN: "visits answered",
			of: func(s Sums) Ratio { return Ratio{s.Queues.TalkMS, s.Visits.Answered} },
		},
		{
			ID: AvgHold, Unit: Duration, Scope: OfQueues, French: "Durée moyenne de garde", English: "Average hold time",
			Num: "temps de garde des agents", Den: "passages répondus", NumEN: "agents' hold time", DenEN: "visits answered",
			of: func(s Sums) Ratio { return Ratio{s.Queues.HoldMS, s.Visits.Answered} },
		},
		{
			ID: AvgWrapUp, Unit: Duration, Scope: OfQueues, French: "Post-appel moyen", English: "Average wrap-up",
			Num: "temps de post-appel des agents", Den: "passages répondus", NumEN: "agents' wrap-up time", DenEN: "visits answered",
			Note: "Un post-appel en cours compte jusqu'à maintenant.",
			of:   func(s Sums) Ratio { return Ratio{s.Queues.WrapMS, s.Visits.Answered} },
		},
		{
			ID: AvgHandle, Unit: Duration, Scope: OfQueues, French: "Durée moyenne de traitement (DMT)", English: "Average handle time",
			Num: "parole + garde + post-appel des agents", Den: "passages répondus", NumEN: "agents' talk + hold + wrap-up", DenEN: "visits answered",
			Note: "Par appel : les agents d'un appel transféré s'ajoutent, l'appel ne compte qu'une fois.",
			of:   func(s Sums) Ratio { return Ratio{handled(s.Queues), s.Visits.Answered} },
		},
		{
			ID: AvgHandleSegment, Unit: Duration, Scope: OfBoth, French: "Durée moyenne de traitement par conversation", English: "Average handle time by conversation",
			Num: "parole + garde + post-appel des agents choisis", Den: "leurs conversations", NumEN: "talk + hold + wrap-up of the chosen agents", DenEN: "their conversations",
			Note: "Par agent : un appel transféré donne une conversation à chacun.",
			of:   func(s Sums) Ratio { return Ratio{handled(s.Agents), s.Agents.Segments} },
		},
		{
			ID: OfferedLoad, Unit: Load, Scope: OfQueues, French: "Charge présentée (erlangs)", English: "Offered load (erlangs)",
			Num: "passages terminés, sans les fermés × (parole + garde + post-appel)", Den: "passages répondus × durée de la période",
			NumEN: "visits that are over, without closed ones × (talk + hold + wrap-up)", DenEN: "visits answered × length of the period",
			Note: "Ce que la formule d'Erlang C prend pour charge : tout appel présenté, à la durée moyenne de ceux qui furent traités.",
			of: func(s Sums) Ratio { // in s: the products of a year's ms do not fit
				return Ratio{s.decided() * (handled(s.Queues) / 1000), s.Visits.Answered * (s.SpanMS / 1000)}
			},
		},
	}
}

func agents() []Definition {
	return []Definition{
		{
			ID: Occupancy, Unit: Share, Scope: OfAgents, French: "Taux d'occupation", English: "Occupancy",
			Num: "sonnerie + numérotation + parole + garde + post-appel", Den: "les mêmes + disponible sans appel",
			NumEN: "ringing + dialling + talk + hold + wrap-up", DenEN: "the same + available and idle",
			Note: "Les pauses n'y sont pas.",
			of:   func(s Sums) Ratio { return Ratio{s.Work.BusyMS(), s.Work.BusyMS() + s.Work.IdleMS} },
		},
		{
			ID: Utilization, Unit: Share, Scope: OfAgents, French: "Taux d'utilisation", English: "Utilisation",
			Num: "parole + garde + post-appel", Den: "temps connecté", NumEN: "talk + hold + wrap-up", DenEN: "time logged in",
			Note: "Les pauses sont au dénominateur.",
			of: func(s Sums) Ratio {
				return Ratio{s.Work.TalkingMS + s.Work.HoldingMS + s.Work.WrapUpMS, s.Work.LoggedMS}
			},
		},
		{
			ID: Reachable, Unit: Agents, Scope: OfAgents, French: "Agents joignables", English: "Reachable agents",
			Num: "temps connecté − pauses", Den: "durée de la période", NumEN: "time logged in − pauses", DenEN: "length of the period",
			Note: "En agents fractionnaires : trois agents dont un part à la demie font 2,5 joignables sur l'heure. Compter des têtes cache le creux de 17 h.",
			of:   func(s Sums) Ratio { return Ratio{s.Work.LoggedMS - s.Work.PausedMS, s.SpanMS} },
		},
		{
			ID: OfferAnswerRate, Unit: Share, Scope: OfBoth, French: "Taux de réponse aux présentations", English: "Offer answer rate",
			Num: "présentations répondues", Den: "présentations terminées, sans les annulées ni celles qu'un autre a prises",
			NumEN: "offers answered", DenEN: "offers that are over, without cancelled ones and those another took",
			Note: "Par présentation, pas par appel : un appel manqué par trois agents est un appel et trois présentations.",
			of: func(s Sums) Ratio {
				return Ratio{s.Agents.Answered, s.Agents.Over() - s.Agents.Cancelled - s.Agents.LostRace}
			},
		},
	}
}

func callers() []Definition {
	repeat := Needs{Repeat: true}
	return []Definition{
		{
			ID: TransferRate, Unit: Share, Scope: OfQueues, French: "Taux de transfert", English: "Transfer rate",
			Num: "appels entrants répondus et transférés au moins une fois", Den: "appels entrants répondus",
			NumEN: "inbound calls answered and handed over at least once", DenEN: "inbound calls answered",
			of: func(s Sums) Ratio { return Ratio{s.Inbound.Handed, s.Inbound.Answered} },
		},
		{
			ID: RepeatRate, Unit: Share, Scope: OfQueues, French: "Taux de réitération", English: "Repeat-call rate", Needs: repeat,
			Num: "appels entrants d'un numéro qui avait déjà appelé dans la fenêtre", Den: "appels entrants terminés dont le numéro est connu",
			NumEN: "inbound calls from somebody who called within the window before", DenEN: "inbound calls that are over and whose caller is known",
			Note: "Un numéro masqué n'est jamais reconnu : il n'est ni au numérateur ni au dénominateur.",
			of:   func(s Sums) Ratio { return Ratio{s.Inbound.Again, s.Inbound.Known} },
		},
		{
			ID: RepeatRateService, Unit: Share, Scope: OfQueues, French: "Taux de réitération, même service", English: "Repeat-call rate, same service", Needs: repeat,
			Num: "appels entrants d'un numéro qui avait déjà appelé ce service dans la fenêtre", Den: "appels entrants terminés dont le numéro est connu",
			NumEN: "inbound calls from somebody who called that service within the window before", DenEN: "inbound calls that are over and whose caller is known",
			of: func(s Sums) Ratio { return Ratio{s.Inbound.AgainHere, s.Inbound.Known} },
		},
		{
			ID: RepeatRateFirstQueue, Unit: Share, Scope: OfQueues, French: "Taux de réitération, même première file", English: "Repeat-call rate, same first queue", Needs: repeat,
			Num: "appels entrants d'un numéro dont un appel de la fenêtre avait la même première file", Den: "appels entrants terminés, mis en file, dont le numéro est connu",
			NumEN: "inbound calls from somebody one of whose calls within the window had the same first queue", DenEN: "inbound calls that are over, were queued and whose caller is known",
			of: func(s Sums) Ratio { return Ratio{s.Inbound.AgainFirst, s.Inbound.QueuedKnown} },
		},
		{
			ID: RepeatRateLastQueue, Unit: Share, Scope: OfQueues, French: "Taux de réitération, même dernière file", English: "Repeat-call rate, same last queue", Needs: repeat,
			Num: "appels entrants d'un numéro dont un appel de la fenêtre avait la même dernière file", Den: "appels entrants terminés, mis en file, dont le numéro est connu",
			NumEN: "inbound calls from somebody one of whose calls within the window had the same last queue", DenEN: "inbound calls that are over, were queued and whose caller is known",
			of: func(s Sums) Ratio { return Ratio{s.Inbound.AgainLast, s.Inbound.QueuedKnown} },
		},
		{
			ID: FirstContactRate, Unit: Share, Scope: OfQueues, French: "Appels qui n'en suivent pas un autre (approche du FCR)", English: "Calls that follow no other (FCR proxy)", Needs: repeat,
			Num: "appels entrants d'un numéro qui n'avait pas appelé dans la fenêtre", Den: "appels entrants terminés dont le numéro est connu",
			NumEN: "inbound calls from somebody who did not call within the window before", DenEN: "inbound calls that are over and whose caller is known",
			Note: "Une approche seulement : personne n'a demandé à l'appelant si sa question était réglée.",
			of:   func(s Sums) Ratio { return Ratio{s.Inbound.Known - s.Inbound.Again, s.Inbound.Known} },
		},
		{
			ID: CallbackReachedRate, Unit: Share, Scope: OfQueues, French: "Rappels aboutis", English: "Callbacks reached",
			Num: "rappels demandés dont la personne fut jointe", Den: "rappels terminés", NumEN: "callbacks whose person was reached", DenEN: "callbacks that are over",
			Note: "Demandés dans une file, sur le web ou par une personne ; ceux des campagnes sont à part.",
			of:   func(s Sums) Ratio { return Ratio{s.Wishes.Reached, s.Wishes.Over()} },
		},
		{
			ID: CampaignContactRate, Unit: Share, Scope: OfCampaigns, French: "Taux de contact des campagnes", English: "Campaign contact rate",
			Num: "fiches de campagne dont la personne fut jointe", Den: "fiches terminées", NumEN: "campaign contacts whose person was reached", DenEN: "campaign contacts that are over",
			of: func(s Sums) Ratio { return Ratio{s.Campaign.Reached, s.Campaign.Over()} },
		},
		{
			ID: CampaignAttempts, Unit: Count, Scope: OfCampaigns, French: "Tentatives par fiche de campagne", English: "Attempts by campaign contact",
			Num: "tentatives des fiches terminées", Den: "fiches terminées", NumEN: "attempts of the contacts that are over", DenEN: "contacts that are over",
			of: func(s Sums) Ratio { return Ratio{s.Campaign.Attempts, s.Campaign.Over()} },
		},
		{
			ID: CampaignConversion, Unit: Share, Scope: OfCampaigns, French: "Taux de conversion des campagnes", English: "Campaign conversion rate",
			Num: "fiches de campagne jointes et notées « converted » par leur agent", Den: "fiches terminées dont la personne fut jointe",
			NumEN: "campaign contacts who were reached and whom their agent marked converted", DenEN: "campaign contacts that are over and whose person was reached",
			Note: "Une fiche compte une fois, dans le quart d'heure de sa première tentative, d'après la dernière note de son agent ; qui fut noté « machine » ou « wrong_number » ne fut pas joint.",
			of:   func(s Sums) Ratio { return Ratio{s.Campaign.Converted, s.Campaign.Reached} },
		},
	}
}
