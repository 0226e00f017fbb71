package consoleapi

import (
	"context"
	"mime"
	"net/http"
	"strings"
)

// policy is the Content-Security-Policy without a page that knows better.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// door stands before everything: headers that tell browsers what not to do, who may write from where, and bounds.
func (a *api) door(next http.Handler) http.Handler {
	csp := a.Policy
	if csp == "" {
		csp = policy
	}
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if !a.Plain {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				h.Set("Allow", "GET, HEAD")
				a.fail(w, r, refuse(http.StatusMethodNotAllowed, codeMethod, "pages are only read", ""))
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Cache-Control", "no-store")
		if err := origin.Check(r); err != nil {
			a.fail(w, r, refuse(http.StatusForbidden, codeOrigin, "this request comes from another site's page", "use the console's own page"))
			return
		}
		if writing(r) && r.Method != http.MethodDelete {
			if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
				a.fail(w, r, refuse(http.StatusUnsupportedMediaType, codeMediaType, "only JSON is taken", "send Content-Type: application/json"))
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		r = r.WithContext(context.WithValue(r.Context(), addressKey{}, neighbourhood(r.RemoteAddr)))
		if r.URL.Path == livePath {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), longest)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func writing(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

type addressKey struct{}

// addressOf is from where a request came.
func addressOf(ctx context.Context) string {
	s, _ := ctx.Value(addressKey{}).(string)
	return s
}
