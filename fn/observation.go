package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// readings are what components read of the observed resources of each kind.
var readings = func() map[schema.GroupKind]kit.Reading {
	out := map[schema.GroupKind]kit.Reading{}
	for _, r := range platform.Reads() {
		out[r.Kind] = r
	}

	return out
}()

// readOfAll is what is read of every observed resource.
var readOfAll = kit.ReadOfAll()

// secretKind is the kind of Kubernetes' own Secrets.
var secretKind = schema.GroupKind{Kind: "Secret"}

// maxObserved is how many resources are observed at most. The largest platform has fewer
// than 200; the rest is room for other steps of its pipeline.
const maxObserved = 1000

// decodeObserved reads what the platform needs of each observed resource,
// straight from protobuf: converting whole resources costs several times what
// the rest of a call does.
func decodeObserved(resources map[string]*fnv1.Resource) (map[string]kit.Observation, error) {
	if len(resources) > maxObserved {
		return nil, errors.Errorf("there are %d, and at most %d can be read: have another XR compose some of the others in this pipeline", len(resources), maxObserved)
	}

	observed := make(map[string]kit.Observation, len(resources))
	// In order, so that of two errors the same one is told each time.
	for _, key := range slices.Sorted(maps.Keys(resources)) {
		kind := kindOf(resources[key].GetResource())
		// Other steps' resources may be of any kind; what they hold is not read.
		_, read := readings[kind]
		if !read && !kinds.IsManaged(kind.Group) && kind != secretKind {
			continue
		}

		o, err := decodeResource(resources[key], kind)
		if err != nil {
			return nil, errors.Wrapf(err, "%q", brief.Text(key, brief.MaxValue))
		}

		observed[key] = o
	}

	return observed, nil
}

func kindOf(s *structpb.Struct) schema.GroupKind {
	group, _, ok := strings.Cut(s.GetFields()["apiVersion"].GetStringValue(), "/")
	if !ok {
		group = ""
	}

	return schema.GroupKind{Group: group, Kind: s.GetFields()["kind"].GetStringValue()}
}

func decodeResource(resource *fnv1.Resource, kind schema.GroupKind) (kit.Observation, error) {
	r := &reader{root: resource.GetResource()}
	o := kit.Observation{Stateful: kinds.Of(kind).Stateful, Connection: resource.GetConnectionDetails()}
	r.into(reflect.ValueOf(&o).Elem(), readOfAll)

	if kind == secretKind {
		o.Data = r.data("data")
	}

	if reading, ok := readings[kind]; ok {
		fields := reflect.New(reading.Type)
		r.into(fields.Elem(), reading.Fields)
		o.Fields = fields.Interface()
	}

	for _, c := range r.objects("status", "conditions") {
		at := &reader{root: c}

		condition := kit.ObservedCondition{Status: at.text("status"), Reason: at.text("reason"), Message: at.message("message")}
		switch at.text("type") {
		case "Ready":
			o.Ready = condition
		case "Synced":
			o.Synced = condition
		case "LastAsyncOperation":
			o.LastAsyncOperation = condition
		}

		if at.err != nil {
			return o, errors.Wrap(at.err, "status.conditions")
		}
	}

	return o, r.err
}

// into reads fields into those of a struct.
func (r *reader) into(v reflect.Value, fields []kit.ReadField) {
	for _, f := range fields {
		switch to := v.Field(f.Index); to.Kind() { //nolint:exhaustive // TestReadings: there are no others.
		case reflect.String:
			to.SetString(r.text(f.Path...))
		case reflect.Bool:
			to.SetBool(r.flag(f.Path...))
		case reflect.Int64:
			to.SetInt(r.whole(f.Path...))
		case reflect.Slice:
			to.Set(reflect.ValueOf(r.texts(f.Path...)))
		case reflect.Struct:
			r.into(to, f.Fields)
		}
	}
}
