package datadir

import (
	"cmp"
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
	// Erasure keys what is kept of erased ids.
	Erasure string `json:"erasure_secret"`
	// BI are passwords of BI users by their names.
	BI map[string]string `json:"bi_passwords,omitempty"`
}

// Keys returns the folder's keys; the first call makes them.
func (d Dir) Keys() (Keys, error) {
	var k Keys
	err := d.read(keysFile, &k)
	if err == nil && k.Write != "" && k.Secret != "" && k.Erasure != "" {
		return k, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Keys{}, err
	}
	// A folder of an earlier version has the first two.
	k.Write, k.Secret = cmp.Or(k.Write, "wk_dev_"+random()), cmp.Or(k.Secret, "sk_dev_"+random())
	k.Erasure = cmp.Or(k.Erasure, random()+random())
	return k, d.write(keysFile, k)
}

// BIPassword returns the password of a BI user; the first call makes it.
func (d Dir) BIPassword(user string) (string, error) {
	k, err := d.Keys()
	if err != nil || k.BI[user] != "" {
		return k.BI[user], err
	}
	if k.BI == nil {
		k.BI = map[string]string{}
	}
	k.BI[user] = random()
	return k.BI[user], d.write(keysFile, k)
}

// random is 120 bits, in letters and digits that survive a double click.
func random() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // Never fails: it ends the program instead.
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}
