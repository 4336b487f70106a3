// Package xpkg tests the packages that make xpkg builds. Its tests have the build
// tag xpkg, because go test ./... does not build packages.
package xpkg
