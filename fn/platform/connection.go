package platform

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const keyConnection = "connection"

// detailToken is the connection detail of the cache that holds its token.
const detailToken = "attribute.auth_token"

// connectionType is the type of Secrets with connection details, by Crossplane's
// convention.
const connectionType = "connection.crossplane.io/v1alpha1"

// composeConnection composes the Secret that an application mounts with envFrom.
// A claim's XR returns the same keys as its connection details instead, which
// Crossplane writes to the Secret that the claim names.
//
// Crossplane would write into a Secret of that name whosever it is, so that the first
// time it is asked to look.
func composeConnection(p *plan) part {
	c := part{}
	if missing := missingKeys(p); len(missing) > 0 {
		c.Withheld = append(c.Withheld, withheld{Why: strings.Join(missing, ", ")})
	}
	if p.Claim || !p.exists(keyConnection) && len(p.Connection) == 0 {
		return c
	}

	if !p.exists(keyConnection) {
		switch p.ConnectionSecret {
		case LookupTaken:
			c.Failing = append(c.Failing, fmt.Sprintf("%s: the Secret %q exists, and is not the platform's: choose another name in spec.writeConnectionSecretToRef, or delete that Secret", keyConnection, p.SecretName))
			return c
		case LookupPending:
			c.Withheld = append(c.Withheld, withheld{Key: keyConnection, Why: "not known yet whether its name is free"})
			return c
		case LookupUnsupported, LookupFree:
		}
	}
	c.Resources = append(c.Resources, Resource{Key: keyConnection, Object: p.secret(componentConnection, p.SecretName, connectionType, p.Connection), Plain: true})
	return c
}

// lookUp names the connection Secret, while the platform has none that could be seen.
func lookUp(p *plan) string {
	if p.exists(keyConnection) || p.Claim || len(p.Connection) == 0 || p.ConnectionSecret == LookupUnsupported {
		return ""
	}
	return p.SecretName
}

// missingKeys are the keys that are still to come.
func missingKeys(p *plan) []string {
	var missing []string
	for _, key := range connectionKeys(p) {
		if len(p.Connection[key]) == 0 {
			missing = append(missing, key)
		}
	}
	return missing
}

// connectionKeys are all the keys that a platform's connection has when it is
// complete.
func connectionKeys(p *plan) []string {
	keys := []string{"AWS_REGION", "KINESIS_STREAM_NAME", "PGDATABASE", "PGHOST", "PGPORT", "PGSSLMODE", "PGUSER", "REDIS_HOST", "REDIS_PORT", "REDIS_URL"}
	if !p.managedByRDS() {
		keys = append(keys, "PGPASSWORD", "DATABASE_URL")
	}
	if p.tokenAuthenticated() {
		keys = append(keys, "REDIS_PASSWORD")
	}
	slices.Sort(keys)
	return keys
}

// sslMode has PostgreSQL's clients encrypt. Which CA they would have to know to verify the
// server, docs/connection.md says.
const sslMode = "require"

// resolveConnection collects what an application needs to connect, and chooses the Secret
// for it, which keeps its name. Values that were known stay while what they come from is
// missing. All that belongs to one service changes together, or not at all: a new host
// with an old password is of no use.
func resolveConnection(p *plan) error {
	p.SecretName = p.Request.Name + "-connection"
	if ref := p.Spec.WriteConnectionSecretToRef; ref != nil {
		p.SecretName = ref.Name
	}
	if !p.Claim {
		name, err := keep("spec.writeConnectionSecretToRef.name", p.Observed[keyConnection].Name, p.SecretName, true, "applications mount the Secret by its name")
		if err != nil {
			return err
		}
		p.SecretName = name
	}

	was := p.PublishedConnection
	if !p.Claim {
		was = p.Observed[keyConnection].Data
	}
	now := map[string]string{}
	if p.Observed[keyStream].Status.ARN != "" {
		now["KINESIS_STREAM_NAME"] = p.StreamName
	}
	maps.Copy(now, databaseConnection(p))
	maps.Copy(now, cacheConnection(p))
	if len(now) == 0 && len(was) == 0 {
		return nil
	}

	now["AWS_REGION"] = p.Region
	p.Connection = maps.Clone(was)
	if p.Connection == nil {
		p.Connection = map[string][]byte{}
	}
	for k, v := range now {
		p.Connection[k] = []byte(v)
	}
	return nil
}

// databaseConnection is how to connect to the database, or nothing while a part of it is
// missing.
func databaseConnection(p *plan) map[string]string {
	db := p.Observed[keyDatabase]
	host, password := cmp.Or(string(db.Connection["host"]), db.Status.Address), string(db.Connection["password"])
	if host == "" || password == "" && !p.managedByRDS() {
		return nil
	}
	now := map[string]string{
		"PGHOST":     host,
		"PGPORT":     strconv.Itoa(databasePort),
		"PGDATABASE": *p.Database.DBName,
		"PGUSER":     *p.Database.Username,
		"PGSSLMODE":  sslMode,
	}
	if !p.managedByRDS() {
		now["PGPASSWORD"] = password
		now["DATABASE_URL"] = (&url.URL{
			Scheme:   "postgresql",
			User:     url.UserPassword(*p.Database.Username, password),
			Host:     host + ":" + strconv.Itoa(databasePort),
			Path:     *p.Database.DBName,
			RawQuery: "sslmode=" + sslMode,
		}).String()
	}
	return now
}

// cacheConnection is how to connect to the cache, or nothing while a part of it is
// missing.
func cacheConnection(p *plan) map[string]string {
	cache := p.Observed[keyCache]
	host, token := cache.Status.PrimaryEndpointAddress, string(cache.Connection[detailToken])
	if host == "" || token == "" && p.tokenAuthenticated() {
		return nil
	}
	now := map[string]string{"REDIS_HOST": host, "REDIS_PORT": strconv.Itoa(cachePort)}
	u := url.URL{Scheme: "rediss", Host: host + ":" + strconv.Itoa(cachePort)}
	if token != "" {
		now["REDIS_PASSWORD"] = token
		u.User = url.UserPassword("", token)
	}
	now["REDIS_URL"] = u.String()
	return now
}

// managedByRDS says whether RDS makes the password.
func (p *plan) managedByRDS() bool {
	return *p.Database.Credentials == v1alpha1.CredentialsManagedByRDS
}

// tokenAuthenticated says whether clients of the cache need a token.
func (p *plan) tokenAuthenticated() bool {
	return *p.Cache.Authentication == v1alpha1.CacheAuthenticationToken
}
