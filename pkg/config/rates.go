package config

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/rates"
)

// readRates reads the file of rates, if one is named.
func (c *Config) readRates(from Sources) error {
	if c.RatesFile == "" {
		return nil
	}
	content, err := from.ReadFile(c.RatesFile)
	if err != nil {
		return fmt.Errorf("rates_file: %w", err)
	}
	if c.fileRates, err = rates.Read(content); err != nil {
		return fmt.Errorf("rates_file: %s: %w", c.RatesFile, err)
	}
	return nil
}

// AllRates are the rates of the configuration and of its file. A rate of the configuration stands over the file's of its day and pair, whichever way
// round the file quotes it.
func (c *Config) AllRates() []rates.Rate {
	type slot struct{ day, from, to string }
	own := map[slot]bool{}
	list := make([]rates.Rate, 0, len(c.Rates)+len(c.fileRates))
	for _, r := range c.Rates {
		own[slot{r.Day, r.From, r.To}], own[slot{r.Day, r.To, r.From}] = true, true
		list = append(list, rates.Rate(r))
	}
	for _, r := range c.fileRates {
		if !own[slot{r.Day, r.From, r.To}] {
			list = append(list, r)
		}
	}
	return list
}
