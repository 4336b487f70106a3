package kit

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// notShown stands where something secret was.
const notShown = "(not shown)"

// masker returns a function that takes out of a message all that is secret, in each of
// the forms that a program may write it: a provider's message may repeat what AWS was
// sent. Messages are rare, so that the list is made when the first one comes.
//
// Secret are, in the connection details of resources and in the data of Secrets, all
// values but those under public keys: what is added later is secret until somebody says
// that it is not.
func masker(req *Request, public map[string]bool) func(string) string {
	replacer := sync.OnceValue(func() *strings.Replacer {
		all := map[string]bool{}

		for _, values := range secretSources(req) {
			for key, value := range values {
				if !public[key] {
					addForms(all, string(value))
				}
			}
		}
		// The longest first, so that no part of one is left over.
		sorted := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
			return cmp.Or(len(b)-len(a), strings.Compare(a, b))
		})

		pairs := make([]string, 0, 2*len(sorted))
		for _, form := range sorted {
			pairs = append(pairs, form, notShown)
		}

		return strings.NewReplacer(pairs...)
	})

	return func(message string) string {
		if message == "" {
			return message
		}

		return replacer().Replace(message)
	}
}

// secretSources are all places where the request holds secrets.
func secretSources(req *Request) []map[string][]byte {
	sources := []map[string][]byte{req.PublishedConnection}
	for _, o := range req.Observed {
		sources = append(sources, o.Connection, o.Data)
		for _, value := range o.Data {
			// An older document may hold an older password.
			sources = append(sources, fieldsOf(value))
		}
	}

	return sources
}

// fieldsOf are the texts in a JSON object, or nothing.
func fieldsOf(document []byte) map[string][]byte {
	fields := map[string]any{}
	if len(document) == 0 || document[0] != '{' || json.Unmarshal(document, &fields) != nil {
		return nil
	}

	out := map[string][]byte{}

	for key, value := range fields {
		if text, ok := value.(string); ok {
			out[key] = []byte(text)
		}
	}

	return out
}

// addForms adds a secret as it is, in each form that a program may write it, and in each
// form of those: JSON in a quoted text, for one.
func addForms(all map[string]bool, secret string) {
	if secret == "" {
		return
	}

	for _, form := range forms(secret) {
		all[form] = true
		for _, nested := range forms(form) {
			all[nested] = true
		}
	}
}

// percent matches a byte that is percent-encoded.
var percent = regexp.MustCompile("%[0-9A-F]{2}")

// forms are a secret as it is, quoted, as JSON, percent-encoded and in base64.
func forms(secret string) []string {
	quoted := func(s string) string { return s[1 : len(s)-1] }
	asJSON, _ := json.Marshal(secret) //nolint:errchkjson // A string always marshals.
	plain := &strings.Builder{}
	e := json.NewEncoder(plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(secret) //nolint:errchkjson // A string always marshals.

	out := []string{
		secret,
		quoted(string(asJSON)),
		quoted(strings.TrimSuffix(plain.String(), "\n")),
		quoted(strconv.Quote(secret)),
		quoted(strconv.QuoteToASCII(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for _, encoded := range []string{url.QueryEscape(secret), url.PathEscape(secret), strings.TrimPrefix(url.UserPassword("", secret).String(), ":")} {
		out = append(out, encoded, percent.ReplaceAllStringFunc(encoded, strings.ToLower))
	}

	return out
}
