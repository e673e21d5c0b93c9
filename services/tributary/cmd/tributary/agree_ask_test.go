package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// additive are the figures that add up over rows, days and channels.
var additive = []string{"spend", "impressions", "clicks", "touchpoints", "conversions", "conversion_value", "opportunities", "customers", "pipeline", "revenue", "value"}

// ledgered are those of them that the ledger knows, as the bridge calls them.
var ledgered = []string{"revenue", "pipeline", "customers", "opportunities", "conversions", "conversion_value"}

// object is an answer, or a part of one.
type object = map[string]any

// request asks over HTTP. Errors are those of transport.
func request(method, address, body, user string) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if user != "" {
		r.SetBasicAuth(user, biPassword)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// ask asks the API; whatever is not an answer is an error.
func (w *agreeWorld) ask(path string, q url.Values) (object, error) {
	text, err := w.askText(path, q)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

func (w *agreeWorld) askText(path string, q url.Values) (string, error) {
	address := w.values["query"] + path
	if q != nil {
		address += "?" + q.Encode()
	}
	status, text, err := request(http.MethodGet, address, "", "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s?%s: %d %s", path, q.Encode(), status, text)
	}
	return text, err
}

func decode(text string) (object, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var a object
	err := decoder.Decode(&a)
	return a, err
}

// change posts to the API.
func (w *agreeWorld) change(t *testing.T, path, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.values["query"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if text, status := do(t, r); status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, text)
	}
}

// with is q with parameters set, or taken out where the value is empty.
func with(q url.Values, pairs ...string) url.Values {
	out := maps.Clone(q)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			delete(out, pairs[i])
		} else {
			out[pairs[i]] = []string{pairs[i+1]}
		}
	}
	return out
}

// number reads an amount, whatever it is written as; nothing is zero.
func number(v any) *big.Rat {
	if v == nil {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(fmt.Sprint(v))
	if !ok {
		return big.NewRat(-987654321, 1) // equal to nothing
	}
	return r
}

func parts(of object, name string) []object {
	list, _ := of[name].([]any)
	out := make([]object, len(list))
	for i, v := range list {
		out[i], _ = v.(object)
	}
	return out
}

func text(of object, name string) string {
	if of[name] == nil {
		return ""
	}
	return fmt.Sprint(of[name])
}

func find(rows []object, name, value string) object {
	for _, r := range rows {
		if text(r, name) == value {
			return r
		}
	}
	return nil
}

// sums adds up every additive figure.
func sums(rows []object) object {
	out := object{}
	for _, m := range additive {
		sum := new(big.Rat)
		for _, r := range rows {
			sum.Add(sum, number(r[m]))
		}
		out[m] = sum.RatString()
	}
	return out
}

// grouped puts rows together by a name.
func grouped(rows []object, name string) map[string][]object {
	out := map[string][]object{}
	for _, r := range rows {
		out[text(r, name)] = append(out[text(r, name)], r)
	}
	return out
}

// differ says where the figures of two rows differ.
func differ(what string, got, want object, measures ...string) error {
	for _, m := range measures {
		if number(got[m]).Cmp(number(want[m])) != 0 {
			a, _ := number(got[m]).Float64()
			b, _ := number(want[m]).Float64()
			return fmt.Errorf("%s: %s is %v instead of %v", what, m, a, b)
		}
	}
	return nil
}

// differBy compares rows of one name with those of another table, both ways; a row that is not there has zeros.
func differBy(what, name string, got, want map[string][]object, measures ...string) error {
	keys := map[string]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if err := differ(what+" of "+name+" "+k, sums(got[k]), sums(want[k]), measures...); err != nil {
			return err
		}
	}
	return nil
}
