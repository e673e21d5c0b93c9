package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// accountLimit bounds the question whether somebody may come in.
const accountLimit = 5 * time.Second

// account is who a greeting of the native protocol says its client is.
type account struct{ database, user, password string }

// accountOf reads a whole greeting: kind, name, three numbers, then the account's three texts.
func accountOf(greeting []byte) account {
	r := bytes.NewReader(greeting)
	number := func() uint64 { n, _ := binary.ReadUvarint(r); return n } // whole, as readGreeting made sure
	text := func() string {
		b := make([]byte, min(number(), uint64(len(greeting))))
		_, _ = io.ReadFull(r, b)
		return string(b)
	}
	number()
	text()
	for range 3 {
		number()
	}
	return account{database: text(), user: text(), password: text()}
}

// refusal asks the library over HTTP, where a refusal is an answer, whether the account may come in: over the native protocol a wrong password, or a database
// that is not there, ends the library's whole process. It is the exception to send; nil when the account is good or nothing can be said about it.
func (a account) refusal(server string) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), accountLimit) // of a connection, which has no context
	defer cancel()
	values := url.Values{"query": {"SELECT 1"}}
	if a.database != "" {
		values.Set("database", a.database)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+server+"/?"+values.Encode(), nil)
	if err != nil {
		return nil
	}
	if a.user != "" {
		request.Header.Set("X-ClickHouse-User", a.user)
		request.Header.Set("X-ClickHouse-Key", a.password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	code, err := strconv.ParseInt(response.Header.Get("X-ClickHouse-Exception-Code"), 10, 32)
	if err != nil || !slices.Contains(refusals, code) {
		return nil // let in, or refused for a reason that has to do with now and not with who asks
	}
	words := fmt.Sprintf("%s: Authentication failed: password is incorrect, or there is no user with such name.", a.user)
	if code == codeUnknownDatabase {
		words = fmt.Sprintf("Database %s does not exist.", a.database)
	}
	return exception(int32(code), words)
}

// codeUnknownDatabase is ClickHouse's number of it.
const codeUnknownDatabase = 81

// refusals are ClickHouse's numbers of why somebody may not come in: the database, user, password, its absence, the address, and all of these without saying which.
var refusals = []int64{codeUnknownDatabase, 192, 193, 194, 195, 516}

// exception is a packet of the native protocol that says that something failed: its kind, number, name, words, no stack and nothing within.
func exception(code int32, words string) []byte {
	packet := binary.LittleEndian.AppendUint32([]byte{2}, uint32(code)) //nolint:gosec // the wire has the same bits
	for _, text := range []string{"DB::Exception", words, ""} {
		packet = append(binary.AppendUvarint(packet, uint64(len(text))), text...)
	}
	return append(packet, 0)
}
