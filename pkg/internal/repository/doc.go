// Package repository holds the tests that the whole repository must pass: who may import whom, one Go version, modules that build
// outside the workspace, documents that name only what exists.
package repository
