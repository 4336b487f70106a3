package main

import (
	"cmp"
	"reflect"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

// maxObserved is how many resources are observed at most. The largest platform has fewer
// than 200; the rest is room for other steps of its pipeline.
const maxObserved = 1000

// decodeObserved reads what the platform needs of each observed resource.
func decodeObserved(resources []wire.Resource) (map[string]kit.Observation, error) {
	if len(resources) > maxObserved {
		return nil, errors.Errorf("there are %d, and at most %d can be read: have another XR compose some of the others in this pipeline", len(resources), maxObserved)
	}

	observed := make(map[string]kit.Observation, len(resources))

	for _, resource := range resources {
		// Other steps' resources may be of any kind; what they hold is not read.
		if !isRead(resource.Kind) {
			continue
		}

		o, err := decodeResource(resource)
		if err != nil {
			return nil, errors.Wrapf(err, "%q", brief.Text(resource.Key, brief.MaxValue))
		}

		observed[resource.Key] = o
	}

	return observed, nil
}

func decodeResource(resource wire.Resource) (kit.Observation, error) {
	r := &reader{root: resource.Object, private: true}
	o := kit.Observation{Stateful: kinds.Of(resource.Kind).Stateful, Connection: resource.Connection()}
	r.into(reflect.ValueOf(&o).Elem(), readOfAll)

	if reading, ok := readings[resource.Kind]; ok {
		fields := reflect.New(reading.Type)
		r.into(fields.Elem(), reading.Fields)
		o.Fields = fields.Interface()
	}

	return o, r.err
}

// into reads fields into those of a struct.
func (r *reader) into(v reflect.Value, fields []kit.ReadField) {
	for _, f := range fields {
		to := v.Field(f.Index)

		if f.Condition != "" {
			r.condition(to, f)
			continue
		}

		switch to.Kind() { //nolint:exhaustive // TestReadings: there are no others.
		case reflect.String:
			to.SetString(r.text(f.Path...))
		case reflect.Bool:
			to.SetBool(r.flag(f.Path...))
		case reflect.Int64:
			to.SetInt(r.whole(f.Path...))
		case reflect.Slice:
			to.Set(reflect.ValueOf(r.texts(f.Path...)))
		case reflect.Map:
			to.Set(reflect.ValueOf(r.data(f.Path...)))
		case reflect.Struct:
			r.into(to, f.Fields)
		}
	}
}

// condition reads fields of a status condition into those of a struct.
func (r *reader) condition(v reflect.Value, f kit.ReadField) {
	list := f.Path[:len(f.Path)-1]

	for _, c := range r.objects(list...) {
		at := &reader{root: c, private: true}
		if at.text("type") == f.Condition {
			for _, sub := range f.Fields {
				v.Field(sub.Index).SetString(at.message(sub.Path[len(f.Path)]))
			}
		}

		r.err = cmp.Or(r.err, errors.Wrap(at.err, pathOf(list)))
	}
}
