package platform

import (
	"cmp"
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
func composeConnection(p *plan) []Resource {
	_, exists := p.Observed[keyConnection]
	if p.Claim || !exists && len(p.Connection) == 0 {
		return nil
	}
	name := p.Request.Name + "-connection"
	if ref := p.Spec.WriteConnectionSecretToRef; ref != nil {
		name = ref.Name
	}
	return []Resource{{Key: keyConnection, Object: p.secret(componentConnection, name, connectionType, p.Connection), Plain: true}}
}

// connectionReadiness says which keys are still to come.
func connectionReadiness(p *plan, rs []Resource) Condition {
	const condition = "ConnectionReady"

	var missing []string
	for _, key := range connectionKeys(p) {
		if len(p.Connection[key]) == 0 {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return Condition{Type: condition, Reason: reasonCreating, Message: "waiting for " + strings.Join(missing, ", ")}
	}
	return readiness(condition)(p, rs)
}

// connectionKeys are all the keys that a platform's connection has when it is
// complete.
func connectionKeys(p *plan) []string {
	keys := []string{"AWS_REGION", "KINESIS_STREAM_NAME", "PGDATABASE", "PGHOST", "PGPORT", "PGUSER", "REDIS_HOST", "REDIS_PORT", "REDIS_URL"}
	if !p.managedByRDS() {
		keys = append(keys, "PGPASSWORD", "DATABASE_URL")
	}
	if p.tokenAuthenticated() {
		keys = append(keys, "REDIS_PASSWORD")
	}
	slices.Sort(keys)
	return keys
}

// resolveConnection collects what an application needs to connect. Values that
// were known stay while what they come from is missing.
func resolveConnection(p *plan) {
	was := p.PublishedConnection
	if !p.Claim {
		was = p.Observed[keyConnection].Data
	}

	now := map[string]string{}
	if s := p.Observed[keyStream].Status; s.ARN != "" {
		now["KINESIS_STREAM_NAME"] = p.StreamName
	}

	db := p.Observed[keyDatabase]
	if host := cmp.Or(string(db.Connection["host"]), db.Status.Address); host != "" {
		now["PGHOST"] = host
		now["PGPORT"] = strconv.Itoa(databasePort)
		now["PGDATABASE"] = *p.Database.DBName
		now["PGUSER"] = *p.Database.Username
		if password := string(db.Connection["password"]); password != "" && !p.managedByRDS() {
			now["PGPASSWORD"] = password
			now["DATABASE_URL"] = (&url.URL{
				Scheme:   "postgresql",
				User:     url.UserPassword(*p.Database.Username, password),
				Host:     host + ":" + strconv.Itoa(databasePort),
				Path:     *p.Database.DBName,
				RawQuery: "sslmode=require",
			}).String()
		}
	}

	cache := p.Observed[keyCache]
	token := string(cache.Connection[detailToken])
	if host := cache.Status.PrimaryEndpointAddress; host != "" {
		now["REDIS_HOST"] = host
		now["REDIS_PORT"] = strconv.Itoa(cachePort)
		u := url.URL{Scheme: "rediss", Host: host + ":" + strconv.Itoa(cachePort)}
		if token != "" {
			now["REDIS_PASSWORD"] = token
			u.User = url.UserPassword("", token)
		}
		if token != "" || !p.tokenAuthenticated() {
			now["REDIS_URL"] = u.String()
		}
	}

	if len(now) == 0 && len(was) == 0 {
		return
	}
	now["AWS_REGION"] = p.Region
	p.Connection = maps.Clone(was)
	if p.Connection == nil {
		p.Connection = map[string][]byte{}
	}
	for k, v := range now {
		p.Connection[k] = []byte(v)
	}
}

// managedByRDS says whether RDS makes the password.
func (p *plan) managedByRDS() bool {
	return *p.Database.Credentials == v1alpha1.CredentialsManagedByRDS
}

// tokenAuthenticated says whether clients of the cache need a token.
func (p *plan) tokenAuthenticated() bool {
	return *p.Cache.Authentication == v1alpha1.CacheAuthenticationToken
}
