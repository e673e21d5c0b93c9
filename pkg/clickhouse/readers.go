package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Tool is a program that reads, for the settings it needs.
type Tool string

// The tools. Grafana works with readonly=1, which lets nobody change a setting but the time limit that its plugin sends; the others set settings of
// their own with every query and need readonly=2. The query service reads the storage tables too.
const (
	ToolQuery    Tool = "query"
	ToolGrafana  Tool = "grafana"
	ToolMetabase Tool = "metabase"
	ToolSuperset Tool = "superset"
	ToolTableau  Tool = "tableau"
	ToolLooker   Tool = "looker"
)

// BITools are the tools that people connect.
func BITools() []Tool {
	return []Tool{ToolGrafana, ToolMetabase, ToolSuperset, ToolTableau, ToolLooker}
}

// Reader is a user of ClickHouse who reads workspaces, and nothing else.
type Reader struct {
	// Name is in lower case: letters, digits and underscores.
	Name string
	// PasswordSHA256 is the password's SHA-256 in hex. PasswordEnv names a variable of the server that holds it instead.
	PasswordSHA256, PasswordEnv string
	Tool                        Tool
	// Workspaces that are seen. Empty: all.
	Workspaces []string
}

// ViewsUser owns the stable views' right to read: a reader may select from the views only, and the filters of this user say what they show to whom.
// Filters on the readers themselves would not be enough: who may select from a storage table may also look at its primary index, which filters do
// not hold for.
const ViewsUser = "tributary_views"

var (
	readerName      = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	readerWorkspace = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	sha256Hex       = regexp.MustCompile(`^[0-9a-f]{64}$`)
	variable        = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// Validate names every setting that cannot work. Names are put into XML and SQL, where no parameter can stand.
func (r Reader) Validate() error {
	var errs []error
	if !readerName.MatchString(r.Name) || r.Name == ViewsUser || r.Name == "default" {
		errs = append(errs, fmt.Errorf("reader %q: a name has lower-case letters, digits and underscores", r.Name))
	}
	for _, w := range r.Workspaces {
		if !readerWorkspace.MatchString(w) {
			errs = append(errs, fmt.Errorf("reader %s: %q is not the name of a workspace", r.Name, w))
		}
	}
	if !sha256Hex.MatchString(r.PasswordSHA256) && !variable.MatchString(r.PasswordEnv) {
		errs = append(errs, fmt.Errorf("reader %s: the SHA-256 of a password in hex is needed, or a variable that holds it", r.Name))
	}
	if r.Tool != ToolQuery && !slices.Contains(BITools(), r.Tool) {
		errs = append(errs, fmt.Errorf("reader %s: %q is not one of the tools %v", r.Name, r.Tool, BITools()))
	}
	return errors.Join(errs...)
}

// Tables are the storage tables with a workspace, and Views the stable views. What is in neither no reader sees; a test holds them equal to the schema.
func Tables() []string {
	names := []string{
		"models_rows", "currency_rates", "spend_versions_rows", "shadow_cells_rows", "shadow_credits_rows", "spend_days_rows", "standings_rows",
		"opportunity_versions_rows",
	}
	for _, d := range distributed {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return names
}

// Views are the stable views.
func Views() []string {
	return []string{
		"booking_rules", "channel_performance_daily", "conversions", "credits", "credits_as_of", "ledger", "opportunities", "opportunity_history", "opportunity_stages",
		"plans", "rejected", "spend", "spend_changes", "touchpoints",
	}
}

// biHidden are views that are the application's own matter: saved things of people, and refused input with its raw bytes.
var biHidden = map[string]bool{"plans": true, "rejected": true}

// filter is what a reader may see, as a condition.
func (r Reader) filter() string {
	quoted := make([]string, len(r.Workspaces))
	for i, w := range r.Workspaces {
		quoted[i] = "'" + w + "'"
	}
	return "workspace IN (" + strings.Join(quoted, ", ") + ")"
}

// viewsFilter is what the views show to whoever asks. Readers of all workspaces, and users that are none of these readers, see everything that they
// were granted.
func viewsFilter(readers []Reader) string {
	parts := []string{}
	for _, r := range readers {
		if len(r.Workspaces) > 0 {
			parts = append(parts, "(currentUser() != '"+r.Name+"' OR "+r.filter()+")")
		}
	}
	if len(parts) == 0 {
		return "1"
	}
	return strings.Join(parts, " AND ")
}

// UsersXML writes the readers as elements of users in a server's users configuration, each with its grants and filters, and the views' user. networks
// is the element that says from where they may come.
func UsersXML(readers []Reader, database, networks string) (string, error) {
	if len(readers) == 0 {
		return "", nil
	}
	if !name.MatchString(database) {
		return "", fmt.Errorf("database %q is not a name of letters, digits and underscores", database)
	}
	var b strings.Builder
	for _, r := range readers {
		if err := r.Validate(); err != nil {
			return "", err
		}
		r.xml(&b, database, networks)
	}
	// Nobody logs in as the views' user: it has no network to come from.
	fmt.Fprintf(&b, "    <%[1]s>\n      <password_sha256_hex>%[2]s</password_sha256_hex>\n      <networks><ip>255.255.255.255</ip></networks>\n"+
		"      <profile>default</profile>\n      <quota>default</quota>\n      <grants><query>GRANT SELECT ON `%[3]s`.*</query></grants>\n",
		ViewsUser, strings.Repeat("0", 64), database)
	filters(&b, database, viewsFilter(readers))
	fmt.Fprintf(&b, "    </%s>\n", ViewsUser)
	return b.String(), nil
}

// UsersFile is UsersXML as a file for a server's users.d. The profiles that it names are in deploy/clickhouse.
func UsersFile(readers []Reader, database string) (string, error) {
	users, err := UsersXML(readers, database, "<networks><ip>::/0</ip></networks>")
	if err != nil {
		return "", err
	}
	return "<clickhouse>\n  <users>\n" + users + "  </users>\n</clickhouse>\n", nil
}

func (r Reader) xml(b *strings.Builder, database, networks string) {
	password := "<password_sha256_hex>" + r.PasswordSHA256 + "</password_sha256_hex>"
	if r.PasswordEnv != "" {
		password = `<password_sha256_hex from_env="` + r.PasswordEnv + `"/>`
	}
	fmt.Fprintf(b, "    <%s>\n      %s\n      %s\n      <profile>%s</profile>\n      <quota>default</quota>\n      <grants>\n", r.Name, password, networks, r.profile())
	for _, view := range Views() {
		if r.Tool == ToolQuery || !biHidden[view] {
			fmt.Fprintf(b, "        <query>GRANT SELECT ON `%s`.%s</query>\n", database, view)
		}
	}
	if r.Tool == ToolQuery {
		for _, table := range Tables() {
			fmt.Fprintf(b, "        <query>GRANT SELECT ON `%s`.%s</query>\n", database, table)
		}
	}
	b.WriteString("      </grants>\n")
	if r.Tool == ToolQuery && len(r.Workspaces) > 0 {
		filters(b, database, r.filter())
	}
	fmt.Fprintf(b, "    </%s>\n", r.Name)
}

// profile is the settings profile of a reader's tool.
func (r Reader) profile() string {
	switch r.Tool {
	case ToolGrafana:
		return "tributary_grafana"
	case ToolQuery:
		return "tributary_query"
	default:
		return "tributary_bi"
	}
}

func filters(b *strings.Builder, database, condition string) {
	fmt.Fprintf(b, "      <databases><%s>\n", database)
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(condition)
	for _, table := range Tables() {
		fmt.Fprintf(b, "        <%[1]s><filter>%[2]s</filter></%[1]s>\n", table, escaped)
	}
	fmt.Fprintf(b, "      </%s></databases>\n", database)
}

// SecureViews lets the views read as their own user, so that readers need no right to the tables behind them. It must run after every migration: a view
// that is made anew reads with the rights of whoever asks, and then readers see nothing.
func SecureViews(ctx context.Context, cfg Config) (err error) {
	conn, err := Open(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, view := range Views() {
		stmt := fmt.Sprintf("ALTER TABLE `%s`.%s %s MODIFY SQL SECURITY DEFINER DEFINER = %s", cfg.Database, view, scope{cfg}.OnCluster(), ViewsUser)
		if err := conn.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("let view %s read as its own user: %w", view, err)
		}
	}
	return nil
}
