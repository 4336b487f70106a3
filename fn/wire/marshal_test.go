package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
)

// What Struct writes should be what apimachinery writes, but for empty structs.
func TestStruct(t *testing.T) {
	cases := map[string]struct {
		reason string
		o      any
		// empty are paths of structs that apimachinery writes though they are
		// empty.
		empty [][]string
	}{
		"Managed": {
			reason: "A managed resource should have its spec and nothing that is empty.",
			o: &ec2.SecurityGroupRule{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v", Kind: "k"},
				ObjectMeta: metav1.ObjectMeta{Namespace: "n", Labels: map[string]string{"a": "b", "c": "d"}},
				Spec: ec2.SecurityGroupRuleSpec{ForProvider: ec2.SecurityGroupRuleParameters{
					Region: ptr.To("r"), FromPort: ptr.To[float64](0), Self: ptr.To(false), CidrBlocks: []*string{ptr.To("c"), ptr.To("d")},
				}},
			},
			empty: [][]string{{"status"}, {"spec", "initProvider"}, {"metadata", "creationTimestamp"}},
		},
		"MapOfPointers": {
			reason: "Tags are a map of pointers.",
			o: &rds.Instance{Spec: rds.InstanceSpec{ForProvider: rds.InstanceParameters{
				Region: ptr.To("r"), Tags: map[string]*string{"a": ptr.To("b")}, AllocatedStorage: ptr.To[float64](20),
			}}},
			empty: [][]string{{"status"}, {"spec", "initProvider"}, {"metadata", "creationTimestamp"}, {"metadata"}},
		},
		"Secret": {
			reason: "A Secret's data is in base64.",
			o: &corev1.Secret{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
				ObjectMeta: metav1.ObjectMeta{Name: "s"},
				Data:       map[string][]byte{"k": []byte("value\xff")},
			},
			empty: [][]string{{"metadata", "creationTimestamp"}},
		},
		"Status": {
			reason: "The XR's status has whole numbers and lists.",
			o: &v1alpha1.XDataPlatformStatus{
				Network:  &v1alpha1.NetworkStatus{VPCID: "vpc", PublicSubnetIDs: []string{"a", "b"}},
				Database: &v1alpha1.DatabaseStatus{Port: 5432},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(tc.o)
			if err != nil {
				t.Fatal(err)
			}

			for _, path := range tc.empty {
				remove(u, path)
			}

			want, err := structpb.NewStruct(u)
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(want, Struct(tc.o), protocmp.Transform()); diff != "" {
				t.Errorf("%s\nStruct(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMarshal(t *testing.T) {
	secret := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "s"}}
	composed := resource.MustStructJSON(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}`)

	cases := map[string]struct {
		reason  string
		rsp     *fnv1.RunFunctionResponse
		desired []Desired
		want    *fnv1.RunFunctionResponse
	}{
		"Nothing": {
			reason: "A response that desires nothing more should stay as it is.",
			rsp:    &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "t"}, Results: []*fnv1.Result{{Message: "m"}}},
			want:   &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "t"}, Results: []*fnv1.Result{{Message: "m"}}},
		},
		"More": {
			reason: "What is desired should be added to what earlier steps desire.",
			rsp: &fnv1.RunFunctionResponse{Desired: &fnv1.State{
				Composite: object(thing),
				Resources: map[string]*fnv1.Resource{"theirs": object(thing)},
			}},
			desired: []Desired{{Key: "a", Object: secret, Ready: fnv1.Ready_READY_TRUE}, {Key: "b", Object: secret, Ready: fnv1.Ready_READY_FALSE}},
			want: &fnv1.RunFunctionResponse{Desired: &fnv1.State{
				Composite: object(thing),
				Resources: map[string]*fnv1.Resource{
					"theirs": object(thing),
					"a":      {Resource: composed, Ready: fnv1.Ready_READY_TRUE},
					"b":      {Resource: composed, Ready: fnv1.Ready_READY_FALSE},
				},
			}},
		},
		"NotUTF8": {
			reason: "What is not UTF-8 should be replaced: protobuf would refuse the answer.",
			rsp:    &fnv1.RunFunctionResponse{},
			desired: []Desired{{Key: "a\xff", Object: &corev1.Secret{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "\xffs"},
			}}},
			want: &fnv1.RunFunctionResponse{Desired: &fnv1.State{Resources: map[string]*fnv1.Resource{
				"a\uFFFD": object(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"�s"}}`),
			}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b, err := Marshal(tc.rsp, tc.desired)
			if err != nil {
				t.Fatal(err)
			}

			got := &fnv1.RunFunctionResponse{}
			if err := proto.Unmarshal(b, got); err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tc.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nMarshal(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func remove(o map[string]any, path []string) {
	for _, p := range path[:len(path)-1] {
		o, _ = o[p].(map[string]any)
	}

	delete(o, path[len(path)-1])
}
