package consoleapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// router registers operations with what all of them have.
type router struct {
	api     huma.API
	owner   *api
	failure *huma.Schema
}

// Who may call an operation, in its metadata.
const accessKey = "access"

type access int

const (
	reads  access = iota // anybody signed in
	writes               // owners and administrators
	open                 // anybody
)

// route is one operation as its file says it.
type route struct {
	method, path, summary string
	access                access
	status                int // 0: 200
}

func (r router) operation(o route) huma.Operation {
	op := huma.Operation{
		OperationID: huma.GenerateOperationID(o.method, o.path, &struct{}{}),
		Method:      o.method, Path: o.path, Summary: o.summary, DefaultStatus: o.status,
		MaxBodyBytes: mostBody, BodyReadTimeout: longest,
		Metadata: map[string]any{accessKey: o.access},
		Responses: map[string]*huma.Response{"default": {
			Description: "A refusal", Content: map[string]*huma.MediaType{"application/json": {Schema: r.failure}},
		}},
	}
	if o.access != open {
		op.Security = []map[string][]string{{"session": {}}}
	}
	return op
}

// none is an operation's input without anything in it.
type none struct{}

// body is an answer.
type body[T any] struct{ Body T }

// handle registers an operation whose answer is its body. The handler knows nothing of huma; who asks, and in which tenant, it is told.
func handle[I, O any](r router, o route, fn func(ctx context.Context, who caller, in *I) (O, error)) {
	huma.Register(r.api, r.operation(o), func(ctx context.Context, in *I) (*body[O], error) {
		out, err := fn(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, r.owner.refusal(ctx, err)
		}
		return &body[O]{out}, nil
	})
}

// order registers an operation without an answer.
func order[I any](r router, o route, fn func(ctx context.Context, who caller, in *I) error) {
	o.status = http.StatusNoContent
	huma.Register(r.api, r.operation(o), func(ctx context.Context, in *I) (*struct{}, error) {
		if err := fn(ctx, callerOf(ctx), in); err != nil {
			return nil, r.owner.refusal(ctx, err)
		}
		return nil, nil
	})
}
