package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

const (
	// maxCPU is how long a call may keep a CPU busy.
	maxCPU = 100 * time.Millisecond

	// maxAnswer is how many bytes an answer may have: what Crossplane takes.
	maxAnswer = 4 << 20
)

// What is planted where passwords are. It is in no other text.
const (
	plantedPassword = "planted-Passw0rd~database"
	plantedToken    = "planted-T0ken~cache"
)

// readyRequest observes a platform that is ready, with a NAT gateway and a token, whose passwords are
// planted. It is made once: fuzzing asks for it thousands of times in a second.
var readyRequest = sync.OnceValue(func() *fnv1.RunFunctionRequest {
	t := &testing.T{}
	req := requestFor(xrJSON(`{"region":"us-east-1","network":{"natGateways":"Single"},"cache":{"authentication":"Token"}}`), atStage(t, provideraws.Ready))

	for range settling {
		details := req.GetObserved().GetResources()["database"].GetConnectionDetails()
		details["password"], details["attribute.password"] = []byte(plantedPassword), []byte(plantedPassword)
		req.GetObserved().GetResources()["cache"].GetConnectionDetails()["attribute.auth_token"] = []byte(plantedToken)

		rsp, err := newFunction(t).RunFunction(context.Background(), proto.CloneOf(req))
		if err != nil {
			panic(err)
		}

		all, err := provideraws.Resources(req.GetObserved().GetComposite().GetResource(), rsp.GetDesired().GetResources(), provideraws.Ready)
		if err != nil {
			panic(err)
		}

		for key, r := range req.GetObserved().GetResources() {
			if all[key] != nil && len(r.GetConnectionDetails()) > 0 {
				all[key].ConnectionDetails = r.GetConnectionDetails()
			}
		}

		req.Observed.Resources = all
		req.GetObserved().GetComposite().GetResource().GetFields()["status"] = rsp.GetDesired().GetComposite().GetResource().GetFields()["status"]
	}

	return req
})

// A fuzzed function is one whose calls are checked.
type fuzzed struct {
	f *Function
}

func newFuzzed(tb testing.TB) *fuzzed {
	tb.Helper()

	f, err := NewFunction(0)
	if err != nil {
		tb.Fatal(err)
	}

	return &fuzzed{f: f}
}

// call the function, and check what holds for every answer. It returns nothing where the
// request was refused.
func (f *fuzzed) call(t *testing.T, req *fnv1.RunFunctionRequest, secrets ...string) *fnv1.RunFunctionResponse {
	t.Helper()

	request, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}

	var answer []byte

	rsp := &fnv1.RunFunctionResponse{}

	// Instrumented code is slower, and the collector of garbage may take part of the time
	// of a call: of three, one must be fast enough.
	fastest := time.Hour

	for range 3 {
		// What is valid is validated each time.
		f.f.platform.valid.Purge()
		f.f.policy.valid.Purge()

		fastest = min(fastest, cpuTime(func() { answer, err = answerTo(t.Context(), f.f, request) }))
		if fastest <= maxCPU {
			break
		}
	}

	if err != nil {
		// What protobuf does not take is refused before it is looked at, as gRPC does.
		t.Skip(err)
	}

	if fastest > maxCPU {
		t.Errorf("the call took %s of CPU, and may take %s", fastest, maxCPU)
	}

	if n := len(answer); n > maxAnswer {
		t.Errorf("the answer has %d bytes, and may have %d", n, maxAnswer)
	}

	if err := proto.Unmarshal(answer, rsp); err != nil {
		t.Fatalf("the answer can't be read: %v", err)
	}

	if again, err := answerTo(t.Context(), f.f, request); err != nil || !bytes.Equal(answer, again) {
		t.Errorf("the same request got another answer: %v\nfirst: %q\nthen: %q", err, answer, again)
	}

	f.checkMessages(t, rsp)
	f.checkSecrets(t, rsp, secrets)

	if len(rsp.GetResults()) > 0 {
		return nil
	}

	return rsp
}

// checkMessages makes sure that each can be carried.
func (f *fuzzed) checkMessages(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()

	if n := len(rsp.GetResults()); n > 1 {
		t.Errorf("want one result at most, got %d", n)
	}

	for _, r := range rsp.GetResults() {
		if n := utf8.RuneCountInString(r.GetMessage()); n == 0 || n > brief.MaxMessage+3 {
			t.Errorf("a result has %d characters", n)
		}
	}

	for _, c := range rsp.GetConditions() {
		if n := utf8.RuneCountInString(c.GetMessage()); n > brief.MaxMessage {
			t.Errorf("condition %s has %d characters", c.GetType(), n)
		}
	}
}

// checkSecrets makes sure that secrets are in Secrets and connection details only.
func (f *fuzzed) checkSecrets(t *testing.T, rsp *fnv1.RunFunctionResponse, secrets []string) {
	t.Helper()

	open := f.open(t, rsp)

	for _, secret := range secrets {
		for _, form := range shown(secret) {
			if strings.Contains(open, form) {
				i := strings.Index(open, form)
				t.Errorf("%q is shown as %q in ...%q...", secret, form, open[max(0, i-80):min(len(open), i+len(form)+80)])
			}
		}
	}
}

// open is all of an answer that is not secret.
func (f *fuzzed) open(t *testing.T, rsp *fnv1.RunFunctionResponse) string {
	t.Helper()

	rsp = proto.CloneOf(rsp)
	for _, r := range rsp.GetDesired().GetResources() {
		r.ConnectionDetails = nil

		if fields := r.GetResource().GetFields(); fields["kind"].GetStringValue() == "Secret" && fields["apiVersion"].GetStringValue() == "v1" {
			delete(fields, "data")
		}
	}

	if rsp.GetDesired().GetComposite() != nil {
		rsp.Desired.Composite.ConnectionDetails = nil
	}

	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rsp)
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}

// formsOf are how programs write a secret.
func formsOf(secret string) []string {
	asJSON, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}

	inXML := &strings.Builder{}
	if err := xml.EscapeText(inXML, []byte(secret)); err != nil {
		panic(err)
	}

	unquoted := func(s string) string { return s[1 : len(s)-1] }
	out := []string{
		secret,
		unquoted(string(asJSON)),
		unquoted(strconv.Quote(secret)),
		unquoted(strconv.QuoteToASCII(secret)),
		url.QueryEscape(secret),
		url.PathEscape(secret),
		strings.TrimPrefix(url.UserPassword("", secret).String(), ":"),
		html.EscapeString(secret),
		inXML.String(),
		hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}

	return append(out, withUser(secret)...)
}

// withUser is a secret with a user's name before it, as HTTP sends it. How its base64 looks
// depends on the length of that name.
func withUser(secret string) []string {
	var out []string
	for _, user := range []string{"", "u", "us"} {
		out = append(out, base64.RawStdEncoding.EncodeToString([]byte(user+":"+secret)))
	}

	return out
}

// shown are the forms of a secret that may not be shown. Of base64 with more in it that is
// what has bits of the secret only.
func shown(secret string) []string {
	forms := formsOf(secret)
	for i, form := range withUser(secret) {
		forms[len(forms)-len(withUser(secret))+i] = form[(8*(i+1)+5)/6:]
	}

	return forms
}

// identity of a resource that holds data: what makes it another one, or where it is.
func identity(r *fnv1.Resource) []string {
	at := readerOf(r.GetResource())
	out := []string{
		at.text("apiVersion"), at.text("kind"), at.text("metadata", "name"), at.text("metadata", "annotations", "crossplane.io/external-name"),
		at.text("spec", "providerConfigRef", "kind"), at.text("spec", "providerConfigRef", "name"),
	}

	for _, field := range []string{"region", "cidrBlock", "availabilityZone", "name", "identifier", "dbName", "username", "engine"} {
		out = append(out, at.text("spec", "forProvider", field))
	}

	return out
}

// checkStateful makes sure that all that holds data is desired still, and is what it was.
// Of the resource with the key changed it is only known that it is there.
func checkStateful(t *testing.T, was, is *fnv1.RunFunctionResponse, changed string) {
	t.Helper()

	for key, w := range was.GetDesired().GetResources() {
		if !stateful.Has(w.GetResource().GetFields()["kind"].GetStringValue()) {
			continue
		}

		g, ok := is.GetDesired().GetResources()[key]
		if !ok {
			t.Errorf("%s is not desired any more", key)
			continue
		}

		if one, other := identity(w), identity(g); key != changed && !slices.Equal(one, other) {
			t.Errorf("%s was %q, and is %q", key, one, other)
		}
	}
}

// baseline is the answer for the ready platform as it is.
func baseline(tb testing.TB) *fnv1.RunFunctionResponse {
	tb.Helper()

	rsp, err := newFuzzed(tb).f.RunFunction(context.Background(), proto.CloneOf(readyRequest()))
	if err != nil || len(rsp.GetResults()) > 0 {
		tb.Fatalf("RunFunction(...): %v, results %v", err, rsp.GetResults())
	}

	return rsp
}

// object reads JSON, or skips the input.
func object(t *testing.T, b []byte) *structpb.Struct {
	t.Helper()

	s := &structpb.Struct{}
	if err := protojson.Unmarshal(b, s); err != nil {
		t.Skip("no JSON object")
	}

	return s
}

// FuzzRequest sends what is a request in protobuf, and may be anything.
func FuzzRequest(f *testing.F) {
	for _, req := range []*fnv1.RunFunctionRequest{
		{},
		requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"namePrefix":"acme"`), withGroundwork("us-east-1a")),
		readyRequest(),
	} {
		b, err := proto.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(b)
	}

	fn := newFuzzed(f)

	f.Fuzz(func(t *testing.T, b []byte) {
		req := &fnv1.RunFunctionRequest{}
		if err := proto.Unmarshal(b, req); err != nil {
			t.Skip("no request")
		}

		earlier := proto.CloneOf(req.GetDesired())
		if rsp := fn.call(t, req); rsp != nil {
			for key := range earlier.GetResources() {
				if _, ok := rsp.GetDesired().GetResources()[key]; !ok {
					t.Errorf("%q of an earlier step is lost", key)
				}
			}
		}
	})
}

// FuzzXR asks for a spec of a new platform and of one that is ready. The API server keeps
// the region and the names.
func FuzzXR(f *testing.F) {
	for _, spec := range []string{
		`{}`,
		`{"network":{"natGateways":"PerZone","cidrBlock":"10.0.0.0/16"},"cache":{"numCacheClusters":3,"authentication":"Token"}}`,
		`{"availabilityZones":["us-east-1a","us-east-1b","us-east-1c"],"stream":{"mode":"ON_DEMAND","shardLevelMetrics":[]},"deletionPolicy":"Orphan"}`,
		`{"network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.1.0/24"],"privateSubnetCidrBlocks":["10.0.10.0/24","10.0.11.0/24"]}}`,
		`{"database":{"engineVersion":"16.4","allowMajorVersionUpgrade":true,"allocatedStorage":500,"storageType":"gp3","iops":20000,"deletionProtection":true}}`,
		`{"database":{"backupWindow":"23:50-00:30","maintenanceWindow":"sun:23:00-mon:00:10"},"monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:a"]}}`,
		`{"tags":{"a":"b"},"externalNames":{"vpc":"vpc-1"},"providerConfigRef":{"kind":"ProviderConfig","name":"a"},"writeConnectionSecretToRef":{"name":"x"}}`,
		`{"claimRef":{"namespace":"team-a","name":"orders"},"crossplane":{"compositionRef":{"name":"x"}}}`,
		`{"tags":{"k":"` + strings.Repeat("é", 300) + `"}}`,
		`{"tags":{"a":null,"b":null},"stream":{"shardCount":1.5},"x":[[[{}]]]}`,
	} {
		f.Add([]byte(spec), false)
		f.Add([]byte(spec), true)
	}

	fn, was := newFuzzed(f), baseline(f)

	f.Fuzz(func(t *testing.T, spec []byte, claim bool) {
		s := object(t, spec)
		s.Fields["region"] = structpb.NewStringValue("us-east-1")

		xr := proto.CloneOf(readyRequest().GetObserved().GetComposite().GetResource())
		xr.Fields["spec"] = structpb.NewStructValue(s)

		fresh := proto.CloneOf(xr)
		delete(fresh.GetFields(), "status")

		if claim {
			delete(fresh.GetFields()["metadata"].GetStructValue().GetFields(), "namespace")
		}

		fn.call(t, requestFor(fresh))

		req := proto.CloneOf(readyRequest())
		req.Observed.Composite.Resource = xr

		if is := fn.call(t, req, plantedPassword, plantedToken); is != nil {
			checkStateful(t, was, is, "")
		}
	})
}

// FuzzPolicy decides for a new platform and for one that is ready.
func FuzzPolicy(f *testing.F) {
	for _, fields := range []string{
		`{}`,
		`{"namePrefix":"acme","tags":{"owner":"platform"},"responseTTL":"5m"}`,
		`{"availabilityZones":{"us-east-1":["us-east-1e","us-east-1f"]},"allow":{"externalNames":true,"providerConfigs":[{"kind":"ClusterProviderConfig","name":"b"}]}}`,
		`{"providerConfigRenames":[{"from":{"kind":"ClusterProviderConfig","name":"default"},"to":{"kind":"ClusterProviderConfig","name":"renamed"}}]}`,
		`{"defaults":{"network":{"cidrBlock":"10.9.0.0/16","natGateways":"None"},"cache":{"authentication":"None","engineVersion":"6.2"},"database":{"engineVersion":"14.1","dbName":"other","username":"other","credentials":"ManagedByRDS"}}}`,
		`{"defaults":{"network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.1.0/24"],"privateSubnetCidrBlocks":["10.0.10.0/24","10.0.11.0/24"]},"deletionPolicy":"Orphan","monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:a"]}}}`,
		`{"defaults":{"providerConfigRef":{"kind":"ClusterProviderConfig","name":"another"},"tags":{"a":"b"}},"x":1}`,
	} {
		f.Add([]byte(fields))
	}

	fn, was := newFuzzed(f), baseline(f)

	f.Fuzz(func(t *testing.T, fields []byte) {
		policy := object(t, fields)
		policy.Fields["apiVersion"] = structpb.NewStringValue("dataplatform.fn.crossplane.io/v1beta1")
		policy.Fields["kind"] = structpb.NewStringValue("Policy")
		// A renamed configuration is another name of the same account.
		_, renames := policy.GetFields()["providerConfigRenames"]

		fresh := requestFor(xrJSON(`{"region":"us-east-1"}`))
		fresh.Input = policy
		fn.call(t, fresh)

		req := proto.CloneOf(readyRequest())
		req.Input = policy

		if is := fn.call(t, req, plantedPassword, plantedToken); is != nil && !renames {
			checkStateful(t, was, is, "")
		}
	})
}

// FuzzObserved has one resource of a ready platform observed as anything, or one more.
func FuzzObserved(f *testing.F) {
	for key, r := range readyRequest().GetObserved().GetResources() {
		b, err := protojson.Marshal(r.GetResource())
		if err != nil {
			f.Fatal(err)
		}

		f.Add(key, b, []byte(nil))
	}

	f.Add("database", []byte(`{"apiVersion":"rds.aws.m.upbound.io/v1beta1","kind":"Instance","status":{"conditions":[{"type":"Synced","status":"False","message":"`+plantedPassword+`"}]}}`), []byte("another"))
	f.Add("connection", []byte(`{"apiVersion":"v1","kind":"Secret","data":{"PGHOST":"!","PGPASSWORD":"`+plantedPassword+`"}}`), []byte{})
	f.Add("credentials-version-9", []byte(`{"apiVersion":"secretsmanager.aws.m.upbound.io/v1beta1","kind":"SecretVersion"}`), []byte{})
	f.Add("alarm-cache-cpu-009", []byte(`{"apiVersion":"cloudwatch.aws.m.upbound.io/v1beta1","kind":"MetricAlarm"}`), []byte{})
	f.Add("subnet-public-us-east-1q", []byte(`{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"Subnet"}`), []byte{})

	fn, was := newFuzzed(f), baseline(f)

	f.Fuzz(func(t *testing.T, key string, resource, password []byte) {
		if !utf8.ValidString(key) {
			t.Skip("no key")
		}

		req := proto.CloneOf(readyRequest())

		observed := &fnv1.Resource{Resource: object(t, resource), ConnectionDetails: req.GetObserved().GetResources()[key].GetConnectionDetails()}
		if len(password) > 0 && len(observed.GetConnectionDetails()) > 0 {
			observed.ConnectionDetails["earlier"] = password
		}

		req.Observed.Resources[key] = observed

		// What a resource is called, and what AWS says of it, is for all to see. A mutant
		// that has the password there has shown it itself.
		secrets := []string{plantedPassword, plantedToken}
		if bytes.Contains(resource, []byte("planted")) {
			secrets = nil
		}

		if is := fn.call(t, req, secrets...); is != nil {
			checkStateful(t, was, is, key)
		}
	})
}

// FuzzSecrets plants a password where passwords are, and has a provider repeat it.
func FuzzSecrets(f *testing.F) {
	for i, password := range []string{"correct horse battery", `p"\<&>/+@: %é` + "\n~w?d!>", "ünïcödé-😀-pässwörd", "aaaaaaaaaaaaaaaa", "0123456789abcdef", "a%41b%42c%43d&amp;e", `back\\slash\u0041nd\n`} {
		for j := range 24 {
			f.Add(password, uint8(i+j), uint8(j), uint8(i*j), "AWS refused ", ", it said")
		}
	}

	fn := newFuzzed(f)

	f.Fuzz(func(t *testing.T, password string, place, form, way uint8, before, after string) {
		// A shorter one may be part of any text, and AWS takes none.
		if len(password) < 8 || len(password) > 200 || !utf8.ValidString(password) || !utf8.ValidString(before) || !utf8.ValidString(after) {
			t.Skip("no password")
		}

		forms := formsOf(password)
		written := forms[int(form)%len(forms)]

		if way >= 128 {
			nested := formsOf(written)
			written = nested[int(way)%len(nested)]
		}

		req := proto.CloneOf(readyRequest())
		plain := fn.open(t, fn.call(t, req))

		for _, form := range shown(password) {
			if strings.Contains(plain, form) || strings.Contains(before, form) || strings.Contains(after, form) {
				t.Skip("everybody knows it")
			}
		}

		plant(req, password, place)
		repeat(req, before+written+after, way)
		fn.call(t, req, password)
	})
}

// plant a password in one of the places where passwords are.
func plant(req *fnv1.RunFunctionRequest, password string, place uint8) {
	resources := req.GetObserved().GetResources()
	data := func(key, name, value string) {
		at := resources[key].GetResource().GetFields()["data"].GetStructValue().GetFields()
		at[name] = structpb.NewStringValue(base64.StdEncoding.EncodeToString([]byte(value)))
	}

	switch place % 8 {
	case 0:
		resources["database"].ConnectionDetails["password"] = []byte(password)
	case 1:
		resources["database"].ConnectionDetails = nil

		data("connection", "PGPASSWORD", password)
	case 2:
		resources["cache"].ConnectionDetails["attribute.auth_token"] = []byte(password)
	case 3:
		document, err := json.Marshal(anyObject{"username": "platform", "password": password})
		if err != nil {
			panic(err)
		}

		data("credentials-document", "document-0", string(document))
	case 4:
		u := url.URL{Scheme: "postgresql", User: url.UserPassword("platform", password), Host: "db.example.org"}
		data("connection", "DATABASE_URL", u.String())

		resources["database"].ConnectionDetails = nil
	case 5:
		req.Observed.Composite.ConnectionDetails = map[string][]byte{"REDIS_PASSWORD": []byte(password)}
	case 6:
		data("connection", "REDIS_PASSWORD", password)

		resources["cache"].ConnectionDetails = nil
	default:
		resources["stream"].ConnectionDetails = map[string][]byte{"attribute.later": []byte(password)}
	}
}

// repeat a message in one of the places where a provider says what is wrong.
func repeat(req *fnv1.RunFunctionRequest, message string, way uint8) {
	keys := []string{"database", "cache", "stream", "credentials", "vpc", "subnet-group-database", "alarm-database-cpu"}
	fields := req.GetObserved().GetResources()[keys[int(way)%len(keys)]].GetResource().GetFields()
	condition := func(kind, reason, message string) {
		fields["status"].GetStructValue().GetFields()["conditions"] = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"type": structpb.NewStringValue(kind), "status": structpb.NewStringValue("False"), "reason": structpb.NewStringValue(reason), "message": structpb.NewStringValue(message),
		}})}})
	}

	switch way / 8 % 6 {
	case 0:
		condition("Synced", "ReconcileError", message)
	case 1:
		condition("LastAsyncOperation", "AsyncUpdateFailure", message)
	case 2:
		condition("Ready", "Unavailable", message)
	case 3:
		condition("Ready", message, "")
	case 4:
		condition("Synced", "ReconcileError", "cannot resolve references: "+message)
	default:
		fields["status"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"conditions": structpb.NewStringValue(message)}})
	}
}
