package cli

import (
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

type storeUsersCommand struct {
	configFlag
	Database string `help:"Database of Tributary." default:"tributary"`
}

// Run prints the file. It holds hashes of passwords, no passwords.
func (c *storeUsersCommand) Run(s Streams) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	readers, err := host.StoreReaders(cfg)
	if err != nil {
		return err
	}
	if len(readers) == 0 {
		return errors.New("the configuration has neither query.readers nor query.bi_users")
	}
	file, err := clickhouse.UsersFile(readers, c.Database)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.Out, file)
	return err
}
