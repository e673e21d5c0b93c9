package cli

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// usageError is a call that cannot be right, whatever the state of things: exit code 2.
type usageError struct{ error }

// usage words one.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Unwrap implements the interface of package errors.
func (e usageError) Unwrap() error { return e.error }

// address is that of a service: a flag of this type is checked before anything is done.
type address string

// Validate refuses what cannot be one. Empty is none.
func (a address) Validate() error {
	if a == "" {
		return nil
	}
	u, err := url.Parse(string(a))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is not the address of a service; it looks like http://127.0.0.1:8090", string(a))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("%q has no possible port; it is 1 to 65535", string(a))
		}
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q has more than an address: leave out what is before @ and after ? or #", string(a))
	}
	return nil
}

// day is YYYY-MM-DD, or empty.
type day string

// Validate refuses what is no day.
func (d day) Validate() error {
	if d == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, string(d)); err != nil {
		return fmt.Errorf("%q is not a day; write it as 2026-01-31", string(d))
	}
	return nil
}

// moment is a time in RFC 3339, a day, or empty.
type moment string

// Validate refuses what is neither.
func (m moment) Validate() error {
	if day(m).Validate() == nil {
		return nil
	}
	if _, err := time.Parse(time.RFC3339Nano, string(m)); err != nil {
		return fmt.Errorf("%q is neither a moment nor a day; write it as 2026-03-01T12:00:00Z or 2026-03-01", string(m))
	}
	return nil
}

// currency is a code of ISO 4217, or empty.
type currency string

// Validate refuses what cannot be a code.
func (c currency) Validate() error {
	if c == "" || len(c) == 3 && strings.Trim(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return nil
	}
	return fmt.Errorf("%q is not a currency; write it as EUR (ISO 4217)", string(c))
}

// inOrder refuses a period that ends before it begins. Both are valid days or empty.
func inOrder(fromFlag string, from day, toFlag string, to day) error {
	if from != "" && to != "" && to < from {
		return usage("%s: the period ends before it begins: %s is before %s (%s)", toFlag, to, from, fromFlag)
	}
	return nil
}

// atLeast refuses a number that is too small.
func atLeast(flag string, n, least int) error {
	if n < least {
		return usage("%s: %d is too small; it is at least %d", flag, n, least)
	}
	return nil
}

// errStopped is a command that was told to stop before it was done.
var errStopped = errors.New("stopped before it was done")
