package kit

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode/utf8"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

const (
	// maxSecretName is the longest name of a Secret in Kubernetes that is also
	// a DNS label, which every tool takes.
	maxSecretName = 63

	// maxObjectName is the longest name of a composed resource, which is a DNS label too.
	maxObjectName = 63

	// leastOfPlatform is how much of a platform's name stays in one of its resources' at
	// least, in characters: as much as it takes to tell most teams' platforms apart. With
	// it the longest key still has its hash.
	leastOfPlatform = 12

	// hashLength is how many characters of hash a name ends with: 40 bits. They
	// have to tell apart names that are equal otherwise: of one platform on two
	// control planes, or once they are cut.
	hashLength = 8
)

// maxName is the longest name in AWS, in characters: one that every service takes, so that
// one name serves all.
var maxName = kinds.ShortestName()

// awsName is the platform's name in AWS, where it is new. It takes in the XR's UID, so that
// two control planes in one account, or a platform and the one before it of the same name,
// never find each other's resources. It has lower case letters, digits and single
// hyphens, and starts with a letter if the prefix does.
func awsName(req *Request) string {
	return Bounded(maxName, join(req.Policy.NamePrefix, req.Namespace, req.Name), Identity(req, req.UID))
}

// SecretName is the name of a Kubernetes Secret of the platform's. It does not
// follow the policy's prefix: a password must stay where it is.
func SecretName(req *Request, suffix string) string {
	return Bounded(maxSecretName-1-len(suffix), join(req.Name), Identity(req)) + "-" + suffix
}

// ObjectName is the name in Kubernetes of a composed resource that is new: it says which
// platform it is of and which resource it is. Its hash takes in the XR's UID, so that a
// platform never meets what another of its name has left. See
// docs/decisions/names-in-kubernetes.md.
func ObjectName(req *Request, key string) string {
	// A long name of a platform is cut rather than a key: that tells the resource.
	name := cut(req.Name, max(leastOfPlatform, maxObjectName-hashLength-len("--")-len(key)))
	return Bounded(maxObjectName, join(name, key), Identity(req, req.UID, key))
}

// Identity is a text that no two platforms share.
func Identity(req *Request, more ...string) string {
	kind := "xr"
	if req.Claim {
		kind = "claim"
	}
	// A slash can't be in any of the parts.
	return strings.Join(append([]string{kind, req.Namespace, req.Name}, more...), "/")
}

// Bounded cuts name to what fits into limit together with a hash of id.
func Bounded(limit int, name, id string) string {
	hash := hashOf(id)
	if most := limit - 1 - len(hash); len(name) > most {
		name = strings.TrimRight(cut(name, most), "-")
	}

	return name + "-" + hash
}

// cut a name to so many bytes, and never inside a character.
func cut(name string, most int) string {
	if len(name) <= most {
		return name
	}

	for most > 0 && !utf8.RuneStart(name[most]) {
		most--
	}

	return name[:max(0, most)]
}

// hashOf is a short hash of a text, in lower case letters and digits.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:hashLength])
}

// join joins parts with hyphens, in the letters that every AWS service takes:
// dots, which an XR's name may have, become hyphens, and hyphens don't repeat,
// which RDS and ElastiCache refuse.
func join(parts ...string) string {
	words := strings.FieldsFunc(strings.Join(parts, "-"), func(r rune) bool { return r == '-' || r == '.' })
	return strings.Join(words, "-")
}
