package tabular

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	unicodeenc "golang.org/x/text/encoding/unicode"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Names of encodings.
const (
	utf8Name    = "utf-8"
	utf16LE     = "utf-16le"
	utf16BE     = "utf-16be"
	windows1252 = "windows-1252"
)

func isZip(body []byte) bool { return bytes.HasPrefix(body, []byte("PK\x03\x04")) }

// unzip takes the one file out of a zip, as Microsoft Advertising packs its reports; other bodies are returned as they are.
func unzip(body []byte, l Limits) ([]byte, error) {
	if !isZip(body) {
		return body, nil
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, refuse(CodeNoTable, "the zip cannot be opened")
	}
	var table *zip.File
	for _, f := range z.File {
		switch strings.ToLower(path.Ext(f.Name)) {
		case ".csv", ".tsv", ".txt":
			if table != nil {
				return nil, refuse(CodeNoTable, "the zip has several files; send them one by one")
			}
			table = f
		case ".xml", ".rels":
			return nil, refuse(CodeNoTable, "this is an Excel workbook: save or export it as CSV")
		}
	}
	if table == nil {
		return nil, refuse(CodeNoTable, "the zip has no .csv file")
	}
	r, err := table.Open()
	if err != nil {
		return nil, refuse(CodeNoTable, "the file in the zip cannot be unpacked")
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, int64(l.Bytes)+1))
	if err != nil {
		return nil, refuse(CodeNoTable, "the file in the zip cannot be unpacked")
	}
	if len(raw) > l.Bytes {
		return nil, refuse(event.CodeTooLarge, "the file is too large unpacked")
	}
	return raw, nil
}

// decode makes UTF-8 of the file: as its first bytes say, else as declared, else UTF-8 if it is that, else Windows-1252, which takes Latin-1 in.
func (s *Sheet) decode(body []byte, charset string, l Limits) (string, error) {
	name, ok := named(charset)
	if !ok {
		return "", &event.Error{Field: "content-type", Code: event.CodeInvalid, Reason: "the charset is not one of utf-8, utf-16, iso-8859-1 and windows-1252"}
	}
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		name = utf8Name
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		name = utf16LE
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		name = utf16BE
	case name == utf16LE || name == utf16BE || name == windows1252:
	case zeros(body, 1):
		name = utf16LE
	case zeros(body, 0):
		name = utf16BE
	case utf8.Valid(body):
		name = utf8Name
	case name == utf8Name:
		return "", refuse(event.CodeUTF8, "the file is not UTF-8, which it was declared to be")
	default:
		name, s.Guessed = windows1252, true
	}
	s.Encoding = name
	var enc encoding.Encoding = charmap.Windows1252
	switch name {
	case utf8Name:
		enc = unicodeenc.UTF8BOM
	case utf16LE:
		enc = unicodeenc.UTF16(unicodeenc.LittleEndian, unicodeenc.UseBOM)
	case utf16BE:
		enc = unicodeenc.UTF16(unicodeenc.BigEndian, unicodeenc.UseBOM)
	}
	raw, err := enc.NewDecoder().Bytes(body)
	switch {
	case err != nil:
		return "", refuse(event.CodeUTF8, "the file is not "+name)
	case len(raw) > l.Bytes:
		return "", refuse(event.CodeTooLarge, "the file is too large")
	case bytes.IndexByte(raw, 0) >= 0:
		return "", refuse(CodeNoTable, "the file has zero bytes: it is no text")
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(raw)), nil
}

// named is our name of a declared charset.
func named(charset string) (string, bool) {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "":
		return "", true
	case "utf-8", "utf8", "us-ascii", "ascii":
		return utf8Name, true
	case "utf-16", "utf-16le", "utf16", "ucs-2":
		return utf16LE, true
	case "utf-16be":
		return utf16BE, true
	case "iso-8859-1", "latin1", "latin-1", "iso8859-1", "windows-1252", "cp1252", "iso-8859-15":
		return windows1252, true
	}
	return "", false
}

// zeros tells whether most of the first bytes at odd (1) or even (0) places are zero, as of Latin letters in UTF-16.
func zeros(body []byte, odd int) bool {
	head, n := body[:min(len(body), 512)], 0
	for i := odd; i < len(head); i += 2 {
		if head[i] == 0 {
			n++
		}
	}
	return len(head) >= 4 && n > len(head)/4
}

// isSpace takes in the byte order mark, which some tools put in the middle of a file, and spaces without a width.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u00a0' || r == '\u202f'
}

func itoa(n int) string { return strconv.Itoa(n) }
