package graph

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/soloprint/soloprint/internal/errs"
)

func TestPresenter(t *testing.T) {
	grams := 12.5
	tests := []struct {
		name string
		err  error
		want string
	}{
		{name: "a code", err: errs.New(errs.BedNotClear), want: `{"message":"bed not clear","extensions":{"code":"bed_not_clear"}}`},
		{name: "fields", err: errs.Invalid(errs.Field{Path: "requirements.nozzle_diameter_mm", Code: "out_of_range", Message: "is too large"}),
			want: `{"message":"The request has values that are not allowed.","extensions":{"code":"validation_failed","details":"The request has values that are not allowed.",
				"fields":[{"path":"requirements.nozzleDiameterMm","code":"out_of_range","message":"is too large"}]}}`},
		{name: "reasons", err: errs.Conflict(errs.QueueItemNotAssignable, "No.", []errs.Reason{{Code: "filament_insufficient", Severity: "hard", NeededG: &grams}}),
			want: `{"message":"No.","extensions":{"code":"queue_item_not_assignable","details":"No.",
				"reasons":[{"axis":"","actual":"","code":"filament_insufficient","expected":"","fix":"","neededG":12.5,"severity":"hard"}]}}`},
		{name: "what gqlgen says", err: &gqlerror.Error{Message: "unknown field", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED", "file": "x"}},
			want: `{"message":"unknown field","extensions":{"code":"validation_failed","details":"unknown field"}}`},
		{name: "a fault", err: known(errors.New("dial tcp 10.0.0.7: refused")),
			want: `{"message":"Something went wrong on our side. The request id finds it in the log.","extensions":{"code":"internal_error","details":"Something went wrong on our side. The request id finds it in the log."}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(presenter(slog.New(slog.DiscardHandler))(t.Context(), tt.err))
			if err != nil {
				t.Fatal(err)
			}
			var g, w any
			if err := errors.Join(json.Unmarshal(got, &g), json.Unmarshal([]byte(tt.want), &w)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w, g); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSilentRules(t *testing.T) {
	for name := range silentRules().GetInner() {
		if strings.HasSuffix(name, "WithoutSuggestions") {
			t.Errorf("%s stands beside the rule it replaces", name)
		}
	}
}
