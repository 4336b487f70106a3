// Package integration checks what AWS shows of a data platform that exists
// against what the function composes for it. The tests TestVPC to TestSecret ask
// AWS; all others need no AWS.
package integration
