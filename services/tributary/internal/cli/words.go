package cli

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// saying is how the libraries below say something, and how people do. They hand on what the system said, with the name of the call.
type saying struct {
	raw   *regexp.Regexp
	plain string
}

// sayings are tried in order, each on what is left of those before.
var sayings = func() []saying {
	pairs := []string{
		// Requests over HTTP. Who wraps them names the address.
		`(?:Get|Post|Put|Delete|Head) "(?:[^"\\]|\\.)*": `, ``,
		`dial tcp: lookup (\S+?)(?: on \S+)?: no such host`, `there is no host named $1`,
		`dial tcp: lookup (\S+?)(?: on \S+)?: [^;\n]*`, `the name $1 cannot be looked up now`,
		`(?:unable to dial: )?dial tcp \S*: connect: connection refused`, `nothing listens there`,
		`(?:unable to dial: )?dial tcp \S*: (?:connect: (?:connection|operation) timed out|i/o timeout)`, `nothing answers there`,
		`(?:unable to dial: )?dial tcp \S*: connect: (?:no route to host|network is unreachable)`, `no way leads there from this machine`,
		`(?:unable to dial: )?dial tcp: address \S+ (?:missing port in address|too many colons in address)`, `that is not host:port`,
		`http: server gave HTTP response to HTTPS client`, `it speaks HTTP without TLS: write http:// in its address`,
		`(?:tls: failed to verify certificate: )?x509: certificate signed by unknown authority`, `its certificate is from an authority that this machine does not know: have the system trust it, or name its file in SSL_CERT_FILE`,
		`(?:tls: failed to verify certificate: )?x509: certificate is valid for (.*?), not (\S+)`, `its certificate is for $1, not for $2`,
		`(?:tls: failed to verify certificate: )?x509: cannot validate certificate for (\S+) because it doesn't contain any IP SANs`, `its certificate is not for the address $1: ask by its name`,
		`(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid: (.*)`, `its certificate is not valid now: $1`,
		`(?:remote error: )?tls: `, `TLS: `,
		`x509: `, `its certificate: `,
		`(?:net/http: )?(?:request canceled|context deadline exceeded)(?: \(Client\.Timeout[^)]*\))?`, `no answer in time`,
		`read tcp \S+: i/o timeout`, `no answer in time`,
		`(?:net/http: HTTP/1\.x transport connection broken: )?malformed HTTP (?:response|status code|version).*`, `what answers there does not speak HTTP`,
		`(?:read|write) tcp \S+: (?:read|write): (?:connection reset by peer|broken pipe)`, `the connection was cut`,
		`stopped after 10 redirects`, `it sends from one address to the next without an end`,
		// Listening.
		`listen tcp (\S+): bind: address already in use`, `another program has $1: stop it, or give another address; port 0 takes a free one`,
		`listen tcp (\S+): bind: permission denied`, `this user may not listen on $1: ports from 1024 on are free to all`,
		`listen tcp (\S+): bind: cannot assign requested address`, `$1 is not an address of this machine`,
		`listen tcp: lookup (\S+?)(?: on \S+)?: no such host`, `there is no host named $1`,
		`listen tcp: address (\S+): invalid port`, `$1 has no possible port; it is 0 to 65535`,
		// Files.
		`(?:open|stat|lstat|read|write|mkdir|create|rename|readlink|unlinkat|remove) ([^:\n]+): no such file or directory`, `$1: there is no such file or folder`,
		`(?:open|stat|lstat|read|write|mkdir|create|rename|unlinkat|remove) ([^:\n]+): (?:permission denied|operation not permitted)`, `$1: this user may not read or write it`,
		`(?:open|stat|read|write|create) ([^:\n]+): is a directory`, `$1: it is a folder, not a file`,
		`(?:open|stat|mkdir|create) ([^:\n]+): not a directory`, `$1: it is, or lies below, a file that is no folder`,
		`(?:open|write|mkdir|create|rename|sync|fsync) ([^:\n]+): (?:no space left on device|disk quota exceeded)`, `$1: the disk is full`,
		`(?:open|write|mkdir|create|rename) ([^:\n]+): read-only file system`, `$1: the disk is read-only`,
		`(?:open|write|mkdir|create) ([^:\n]+): file name too long`, `$1: the name is too long`,
		`(?:open|accept4?) (\S*):? ?too many open files`, `$1: too many files are open: raise the limit (ulimit -n)`,
		`no space left on device`, `the disk is full`,
		// Flags.
		`expected (?:int|float|duration) value but got "(-[^"]*)" \(short flag\); perhaps try .*`, `"$1" must be joined to its flag by =, and is hardly meant`,
		`expected a valid \d+ bit u?int but got ("[^"]*")`, `$1 is not a whole number`,
		`expected a float but got ("[^"]*")(?: \(.*\))?`, `$1 is not a number`,
		`expected duration but got ("[^"]*").*`, `$1 is not a length of time; write it as 30s, 5m or 1h`,
		`must be one of (.*?),"" but got`, `must be one of $1 but got`,
		`^unexpected argument (.*)`, `$1 is not known here`,
		`^expected one of .*`, `name a command`,
		`^expected "([^"]*)"$`, `name what to do: $1`,
		`^(--[a-z-]+)=\S+: `, `$1: `,
	}
	all := make([]saying, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, saying{regexp.MustCompile(pairs[i]), pairs[i+1]})
	}
	return all
}()

// endOfStream is an answer that broke off. As a pattern it would meet words that only end so.
var endOfStream = regexp.MustCompile(`: (?:unexpected )?EOF$`)

// inWords is an error for people: what is wrong and, where it is known, what to do. It is one paragraph, and what it quotes cannot steer a terminal.
func inWords(err error) string {
	text := err.Error()
	for _, s := range sayings {
		text = s.raw.ReplaceAllString(text, s.plain)
	}
	text = endOfStream.ReplaceAllString(text, ": it ended the connection without an answer: it is something else, or it was stopped")
	if hint := hintFor(err); hint != "" {
		text += "; " + hint
	}
	return harmless(text)
}

// hintFor is what to do about an error of a kind that only the command line has a remedy for.
func hintFor(err error) string {
	var refused *query.AnswerError
	if errors.As(err, &refused) {
		switch refused.Status {
		case http.StatusUnauthorized:
			return "give the token with --token or in TRIBUTARY_TOKEN"
		case http.StatusForbidden:
			return "ask with a token of another role (--token)"
		}
		return ""
	}
	switch {
	case errors.Is(err, replay.ErrKey):
		return "give a secret key of the workspace with --key or in TRIBUTARY_KEY"
	case errors.Is(err, replay.ErrNotCollector):
		return "the address after collector= in the line \"ready\" of \"tributary up\" is the right one"
	}
	var other *query.NotQueryServiceError
	text := err.Error()
	switch {
	case errors.As(err, &other) && !other.IsTLS:
		return "the address after query= in the line \"ready\" of \"tributary up\" is the right one"
	case strings.Contains(text, "ask the query service at") && !strings.Contains(text, "x509: ") && !strings.Contains(text, "to HTTPS client"):
		return "is \"tributary up\" running there? Its line \"ready\" has the address after query="
	}
	return ""
}

// harmless shows control characters, which could move a terminal's cursor or colour what follows, as a question mark. Lines stay.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && (r < 0x7f || r > 0x9f) {
			return r
		}
		return '?'
	}, strings.ToValidUTF8(text, "?"))
}

// flagOf are the flags whose names are not those of the parameters they fill.
var flagOf = map[string]string{"group_by": "by", "conversion_type": "conversion"}

// byFlag words a refusal of parameters in the names of the command's flags that they came from. It is wrong usage then, unless none of them was given: it is the state of things
// that leaves nothing to do by default.
func byFlag(err error, flags []*kong.Flag) error {
	var refused *query.AnswerError
	if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || len(refused.Errors) == 0 {
		return err
	}
	parts, given := make([]string, 0, len(refused.Errors)), false
	for _, wrong := range refused.Errors {
		name := strings.TrimPrefix(wrong.Location, "query.")
		if flag, ok := flagOf[name]; ok {
			name = flag
		}
		name = strings.ReplaceAll(name, "_", "-")
		i := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == name })
		if i < 0 {
			return err // an argument, or something that the command itself asked for
		}
		given = given || flags[i].Set
		parts = append(parts, "--"+name+": "+wrong.Message)
	}
	told := errors.New(strings.Join(parts, "\n"))
	if !given {
		return told
	}
	return usageError{told}
}
