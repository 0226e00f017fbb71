package localapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// router registers operations with what all of them have.
type router struct {
	api     huma.API
	owner   *api
	problem *huma.Schema
}

// route is one operation as its file says it.
type route struct {
	method, path, summary string // path below [Path]
	access                access
	body                  int64 // bytes at most; 0: bodyMost
}

func (r router) operation(o route) huma.Operation {
	if o.body == 0 {
		o.body = bodyMost
	}
	op := huma.Operation{
		OperationID: huma.GenerateOperationID(o.method, Path+o.path, &struct{}{}),
		Method:      o.method, Path: Path + o.path, Summary: o.summary, MaxBodyBytes: o.body, BodyReadTimeout: longest,
		Metadata:  map[string]any{accessKey: o.access},
		Responses: map[string]*huma.Response{"default": {Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: r.problem}}}},
	}
	switch {
	case o.access.anybody:
	case o.access.scope == "":
		op.Security = []map[string][]string{{"session": {}}}
	default:
		op.Security = []map[string][]string{{"session": {}}, {"key": {string(o.access.scope)}}}
	}
	return op
}

// none is an operation's input without anything in it.
type none struct{}

// body is an answer.
type body[T any] struct{ Body T }

// handle registers an operation whose answer is its body. The handler knows nothing of huma; it is told who asks.
func handle[I, O any](r router, o route, fn func(ctx context.Context, who caller, in *I) (O, error)) {
	huma.Register(r.api, r.operation(o), func(ctx context.Context, in *I) (*body[O], error) {
		out, err := fn(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, r.owner.problem(ctx, err)
		}
		return &body[O]{out}, nil
	})
}

// order registers an operation without an answer.
func order[I any](r router, o route, fn func(ctx context.Context, who caller, in *I) error) {
	op := r.operation(o)
	op.DefaultStatus = http.StatusNoContent
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*struct{}, error) {
		if err := fn(ctx, callerOf(ctx), in); err != nil {
			return nil, r.owner.problem(ctx, err)
		}
		return nil, nil
	})
}
