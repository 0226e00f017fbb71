package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"autocom/cloud-sync/consoleapi"
	"autocom/cloud-sync/wire"
)

func codeIn(out []byte) (string, error) {
	var said struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(out, &said); err != nil || said.Code == "" {
		return "", fmt.Errorf("autocom-cloud tenant add said %q: %w", out, err)
	}
	return said.Code, nil
}

// An Admin is an administrator who is signed in.
type Admin struct {
	Email, Password string

	base string
	http *http.Client
}

// Refusal is an answer above 399.
type Refusal struct {
	Status   int
	Code     string                   `json:"code"`
	Sentence string                   `json:"sentence"`
	Problems []consoleapi.ProblemView `json:"problems"`
}

func (r *Refusal) Error() string {
	var words strings.Builder
	fmt.Fprintf(&words, "%d %s: %s", r.Status, r.Code, r.Sentence)
	for _, p := range r.Problems {
		words.WriteString("\n  " + p.Path + ": " + p.Sentence + ": " + p.Remedy)
	}
	return words.String()
}

// SetUp signs the first administrator in with the code.
func (c *Cloud) SetUp(ctx context.Context, code, email, name, password string) (*Admin, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	a := &Admin{Email: email, Password: password, base: c.Console, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	_, err = call[consoleapi.Session](ctx, a, http.MethodPost, "/api/setup", consoleapi.SetupRequest{Code: code, Email: email, Name: name, Password: password})
	return a, err
}

// AddSite makes a site and gives its id.
func (a *Admin) AddSite(ctx context.Context, name string) (string, error) {
	row, err := call[consoleapi.SiteRow](ctx, a, http.MethodPost, "/api/sites", map[string]string{"name": name})
	return row.ID, err
}

// Claim makes a claim code for a site's box.
func (a *Admin) Claim(ctx context.Context, site string) (consoleapi.ClaimView, error) {
	return call[consoleapi.ClaimView](ctx, a, http.MethodPost, sitePath(site, "claim"), struct{}{})
}

// Site is a site's page.
func (a *Admin) Site(ctx context.Context, site string) (consoleapi.SiteView, error) {
	return call[consoleapi.SiteView](ctx, a, http.MethodGet, sitePath(site, ""), nil)
}

// Publish makes text the site's newest document.
func (a *Admin) Publish(ctx context.Context, site, text, reason string) (consoleapi.RevisionView, error) {
	draft, err := call[consoleapi.DraftView](ctx, a, http.MethodGet, sitePath(site, "draft"), nil)
	if err != nil {
		return consoleapi.RevisionView{}, err
	}
	draft, err = call[consoleapi.DraftView](ctx, a, http.MethodPut, sitePath(site, "draft"), consoleapi.DraftText{Tag: draft.Tag, Text: text})
	if err != nil {
		return consoleapi.RevisionView{}, err
	}
	return call[consoleapi.RevisionView](ctx, a, http.MethodPost, sitePath(site, "publish"), consoleapi.PublishRequest{Tag: draft.Tag, Reason: reason})
}

// Revision is one published document and what became of it.
func (a *Admin) Revision(ctx context.Context, site string, number uint64) (consoleapi.RevisionView, error) {
	return call[consoleapi.RevisionView](ctx, a, http.MethodGet, sitePath(site, fmt.Sprintf("revisions/%d", number)), nil)
}

// Calls are the newest calls of a site, as its facts tell them.
func (a *Admin) Calls(ctx context.Context, site string) ([]consoleapi.CallRow, error) {
	got, err := call[struct {
		Calls []consoleapi.CallRow `json:"calls"`
	}](ctx, a, http.MethodGet, sitePath(site, "calls?limit=200"), nil)
	return got.Calls, err
}

// Story is one call, fact by fact.
func (a *Admin) Story(ctx context.Context, site, id string) (consoleapi.CallStory, error) {
	return call[consoleapi.CallStory](ctx, a, http.MethodGet, sitePath(site, "calls/"+url.PathEscape(id)), nil)
}

func sitePath(site, rest string) string {
	return strings.TrimSuffix("/api/sites/"+url.PathEscape(site)+"/"+rest, "/")
}

func call[T any](ctx context.Context, a *Admin, method, path string, in any) (T, error) {
	var out T
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return out, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return out, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", a.base)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return out, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		refusal := &Refusal{Status: resp.StatusCode}
		if json.Unmarshal(text, refusal) != nil {
			refusal.Sentence = string(text)
		}
		return out, refusal
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, fmt.Errorf("%s %s: %w", method, path, errors.Join(err, fmt.Errorf("%.200s", text)))
	}
	return out, nil
}

// Settled waits until a revision has come to its end on the box: confirmed,
// refused or reverted.
func (a *Admin) Settled(ctx context.Context, site string, number uint64) (consoleapi.RevisionView, error) {
	pause := time.NewTicker(200 * time.Millisecond)
	defer pause.Stop()
	for {
		r, err := a.Revision(ctx, site, number)
		if err != nil {
			return r, err
		}
		switch wire.State(r.State) {
		case wire.Kept, wire.Refused, wire.Reverted:
			return r, nil
		case wire.Published, wire.Fetched, wire.Applied:
		}
		select {
		case <-ctx.Done():
			return r, fmt.Errorf("revision %d is still %s: %w", number, r.State, ctx.Err())
		case <-pause.C:
		}
	}
}
