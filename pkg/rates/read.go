package rates

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxRates is how many rates one file may hold: the ECB's whole history since 1999 has a quarter of it.
const MaxRates = 1_000_000

// ecbCurrency is what the ECB's reference rates are quoted for: one euro is worth so many units of each column.
const ecbCurrency = "EUR"

// Read reads rates from CSV with the columns day, from, to and rate in any order, from the ECB's eurofxref-hist.csv (Date, then a column per
// currency), or from a JSON array of {day, from, to, rate}. Which of them it is the content says. The error names the line or the item.
func Read(content []byte) ([]Rate, error) {
	content = bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	var list []Rate
	var err error
	if bytes.HasPrefix(content, []byte("[")) {
		list, err = readJSON(content)
	} else {
		list, err = readCSV(content)
	}
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, errors.New("there is no rate in it")
	}
	if _, err := NewTable(list); err != nil {
		return nil, err
	}
	return list, nil
}

func readJSON(content []byte) ([]Rate, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var list []Rate
	if err := decoder.Decode(&list); err != nil {
		return nil, notJSON(err)
	}
	if len(list) > MaxRates {
		return nil, fmt.Errorf("there are more than %d rates in it", MaxRates)
	}
	for i, r := range list {
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	return list, nil
}

func readCSV(content []byte) ([]Rate, error) {
	lines := csv.NewReader(bytes.NewReader(content))
	lines.FieldsPerRecord, lines.TrimLeadingSpace, lines.ReuseRecord = -1, true, true
	head, err := lines.Read()
	if err != nil {
		return nil, notCSV(err)
	}
	parse, err := lineParser(slices.Clone(head))
	if err != nil {
		return nil, err
	}
	list := []Rate{}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, notCSV(err)
		}
		at, _ := lines.FieldPos(0)
		if list, err = parse(list, fields); err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		if len(list) > MaxRates {
			return nil, fmt.Errorf("there are more than %d rates in it", MaxRates)
		}
	}
}

// lineParser tells by the head how a line is read.
func lineParser(head []string) (func([]Rate, []string) ([]Rate, error), error) {
	for i, name := range head {
		head[i] = strings.ToLower(strings.TrimSpace(name))
	}
	if head[0] == "date" && !slices.Contains(head, "from") {
		return wideParser(head), nil
	}
	places := map[string]int{}
	for _, name := range []string{"day", "from", "to", "rate"} {
		i := slices.Index(head, name)
		if i < 0 {
			return nil, fmt.Errorf("the first line lacks %q: it must name day, from, to and rate, or be that of the ECB's eurofxref-hist.csv", name)
		}
		places[name] = i
	}
	return func(list []Rate, fields []string) ([]Rate, error) {
		if len(fields) < len(head) {
			return nil, fmt.Errorf("has %d of %d columns", len(fields), len(head))
		}
		field := func(name string) string { return strings.Clone(strings.TrimSpace(fields[places[name]])) }
		r := Rate{Day: field("day"), From: field("from"), To: field("to"), Rate: field("rate")}
		return append(list, r), r.Check()
	}, nil
}

// wideParser reads the ECB's form: a line per day, a column per currency, N/A where there is none. The line ends with a comma.
func wideParser(head []string) func([]Rate, []string) ([]Rate, error) {
	return func(list []Rate, fields []string) ([]Rate, error) {
		for i := 1; i < min(len(fields), len(head)); i++ {
			value := strings.TrimSpace(fields[i])
			if head[i] == "" || value == "" || strings.EqualFold(value, "N/A") {
				continue
			}
			r := Rate{Day: strings.Clone(strings.TrimSpace(fields[0])), From: ecbCurrency, To: strings.ToUpper(head[i]), Rate: strings.Clone(value)}
			if err := r.Check(); err != nil {
				return nil, err
			}
			list = append(list, r)
		}
		return list, nil
	}
}

// notJSON says what is wrong with a body in the words of who wrote it, not of the package that reads it.
func notJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return fmt.Errorf("%s is a %s where text in quotes is needed: a list of {\"day\": \"2026-01-31\", \"from\": \"EUR\", \"to\": \"USD\", \"rate\": \"1.0834\"}", wrongType.Field, wrongType.Value)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // the package has no type for it
		return fmt.Errorf("%s is not a field of a rate, which has day, from, to and rate", field)
	}
	return errors.New("it begins as JSON and is not a list of {\"day\": \"2026-01-31\", \"from\": \"EUR\", \"to\": \"USD\", \"rate\": \"1.0834\"}, whole and with no other fields")
}

// notCSV is notJSON for lines.
func notCSV(err error) error {
	var at *csv.ParseError
	if errors.As(err, &at) {
		return fmt.Errorf("line %d has a quotation mark that does not belong there, or does not end", at.Line)
	}
	return errors.New("it is empty: the first line names day, from, to and rate")
}
