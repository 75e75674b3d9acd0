// Package shim has an example of each of the shim's formats, version by version. Tests on both sides of the protocol
// read them: see protocol/README.md.
package shim

import "embed"

// Examples are the files, by version and name: "v1/launch-jail.json".
//
//go:embed v0 v1
var Examples embed.FS
