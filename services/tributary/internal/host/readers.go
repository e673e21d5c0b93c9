package host

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

// storeUsers are the users of an embedded ClickHouse.
type storeUsers struct {
	readers []clickhouse.Reader
	// query are the query service's, by workspace. Their passwords live as long as this process.
	query map[string]query.Reader
	// made are the BI users whose password was made here, with it.
	made []config.BIUser
}

func newStoreUsers(cfg *config.Config) (*storeUsers, error) {
	u := &storeUsers{query: map[string]query.Reader{}}
	for i, w := range cfg.Workspaces {
		r := query.Reader{Username: fmt.Sprintf("tributary_query_%d", i+1), Password: rand.Text()}
		u.query[w.Name] = r
		u.readers = append(u.readers, clickhouse.Reader{
			Name: r.Username, PasswordSHA256: hashOf(r.Password), Tool: clickhouse.ToolQuery, Workspaces: []string{w.Name},
		})
	}
	for _, bi := range cfg.Query.BIUsers {
		if bi.Password == "" {
			password, err := datadir.Dir(cfg.Engines.DataDir).BIPassword(bi.Name)
			if err != nil {
				return nil, fmt.Errorf("keep a password for BI user %s: %w", bi.Name, err)
			}
			bi.Password = config.Secret(password)
			u.made = append(u.made, bi)
		}
		u.readers = append(u.readers, biReader(bi))
	}
	return u, nil
}

// tell prints the passwords that were made here; given ones stay unseen.
func (u *storeUsers) tell(w io.Writer) {
	for _, bi := range u.made {
		fmt.Fprintf(w, "clickhouse  user %s for %s reads %s, password %s\n", bi.Name, bi.Tool, cmp.Or(strings.Join(bi.Workspaces, ", "), "every workspace"), bi.Password.Reveal())
	}
}

func biReader(bi config.BIUser) clickhouse.Reader {
	return clickhouse.Reader{Name: bi.Name, PasswordSHA256: hashOf(bi.Password.Reveal()), Tool: clickhouse.Tool(bi.Tool), Workspaces: bi.Workspaces}
}

func hashOf(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

func queryReaders(cfg *config.Config) map[string]query.Reader {
	if len(cfg.Query.Readers) == 0 {
		return nil
	}
	readers := map[string]query.Reader{}
	for _, r := range cfg.Query.Readers {
		readers[r.Workspace] = query.Reader{Username: r.Username, Password: r.Password.Reveal()}
	}
	return readers
}

// StoreReaders are the configured users of a ClickHouse that is not embedded, for its users file.
func StoreReaders(cfg *config.Config) ([]clickhouse.Reader, error) {
	var readers []clickhouse.Reader
	for _, r := range cfg.Query.Readers {
		readers = append(readers, clickhouse.Reader{
			Name: r.Username, PasswordSHA256: hashOf(r.Password.Reveal()), Tool: clickhouse.ToolQuery, Workspaces: []string{r.Workspace},
		})
	}
	for _, bi := range cfg.Query.BIUsers {
		if bi.Password == "" {
			return nil, fmt.Errorf("query.bi_users: %s needs a password, password_file or password_env", bi.Name)
		}
		readers = append(readers, biReader(bi))
	}
	return readers, nil
}
