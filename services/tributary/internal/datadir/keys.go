package datadir

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io/fs"
	"strings"
)

// Keys are the development keys of a data folder.
type Keys struct {
	// Write is public, for pages; Secret is for servers.
	Write  string `json:"write_key"`
	Secret string `json:"secret_key"`
}

// Keys returns the folder's keys; the first call makes them.
func (d Dir) Keys() (Keys, error) {
	var k Keys
	err := d.read(keysFile, &k)
	if err == nil && k.Write != "" && k.Secret != "" {
		return k, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Keys{}, err
	}
	k = Keys{Write: "wk_dev_" + random(), Secret: "sk_dev_" + random()}
	return k, d.write(keysFile, k)
}

// random is 120 bits, in letters and digits that survive a double click.
func random() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // Never fails: it ends the program instead.
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}
