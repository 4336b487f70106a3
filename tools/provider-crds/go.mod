module tools

go 1.26.5

// Of this version only the CRDs are read: its Go types need modules that the proxy
// does not serve. The package is the one in it that needs none; without a package, go
// mod tidy would drop the version and its hash.
tool github.com/upbound/provider-aws/v2/config/templates

require github.com/upbound/provider-aws/v2 v2.7.0 // indirect
