package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
)

type ratesCommand struct {
	Import ratesImportCommand `cmd:"" help:"Import daily rates: CSV of day,from,to,rate, the ECB's eurofxref-hist.csv, or a JSON array."`
}

type ratesImportCommand struct {
	dataDirFlag
	File      string  `arg:"" help:"File of rates; - is standard input."`
	URL       address `name:"query" help:"Query service's address; without it, the one running on the data folder." placeholder:"URL"`
	Token     string  `help:"API token of role admin." env:"TRIBUTARY_TOKEN" placeholder:"T"`
	Workspace string  `help:"Workspace; without it, the first one." placeholder:"NAME"`
}

// Run sends the file to the query service, which takes all of it or nothing.
func (c *ratesImportCommand) Run(ctx context.Context, s Streams) error {
	request := query.RatesRequest{URL: string(c.URL), Token: c.Token, Workspace: c.Workspace, File: s.In}
	if request.URL == "" {
		running, err := c.running()
		if errors.Is(err, datadir.ErrNotRunning) {
			return fmt.Errorf("%w; start one with \"tributary up\", or give --query", err)
		}
		if err != nil {
			return err
		}
		request.URL = running.Query
		if request.Token == "" {
			request.Token = running.QueryToken
		}
	}
	text, err := readFile(c.File, s.In)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return fmt.Errorf("%s is empty: it should hold lines of day,from,to,rate", c.File)
	}
	request.File = bytes.NewReader(text)
	headline, err := query.PostRates(ctx, request)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, headline)
	return err
}
