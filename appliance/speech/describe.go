package speech

import (
	"context"
	"encoding/json"
	"slices"

	"autocom/appliance/speech/wyoming"
)

// Services are the languages a speech server hears and speaks, by their short names, sorted.
type Services struct {
	Hears  []string
	Speaks []string
}

// model is one model or voice of a program of the server: the reference library has voices where its README says models.
type model struct {
	Languages []string `json:"languages"`
	Installed *bool    `json:"installed"`
}

type program struct {
	Models []model `json:"models"`
	Voices []model `json:"voices"`
}

// Describe asks the server what it can do.
func (s *Server) Describe(ctx context.Context) (Services, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return Services{}, &Unavailable{Why: late(ctx, err)}
	}
	defer c.release()
	if err := wyoming.Write(c, wyoming.Describe, nil, nil); err != nil {
		return Services{}, &Unavailable{Why: late(ctx, err)}
	}
	e, err := c.next(wyoming.Info)
	if err != nil {
		return Services{}, &Unavailable{Why: late(ctx, err)}
	}
	return Services{Hears: languages(e.Data["asr"]), Speaks: languages(e.Data["tts"])}, nil
}

// languages are those of all programs that are installed; what is written in another form has none.
func languages(raw json.RawMessage) []string {
	var programs []program
	if json.Unmarshal(raw, &programs) != nil {
		return nil
	}
	var all []string
	for _, p := range programs {
		for _, m := range slices.Concat(p.Models, p.Voices) {
			if m.Installed != nil && !*m.Installed {
				continue
			}
			for _, l := range m.Languages {
				if len(l) > 3 && (l[2] == '_' || l[3] == '_') { // Piper writes fr_FR
					l = l[:len(l)-3]
				}
				if l = language(l); l != "" {
					all = append(all, l)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
