package event

import (
	_ "embed" // the list of user agents
	"strings"
)

//go:embed data/bots.txt
var botsData string

// Reasons for calling a sender a bot.
const (
	// BotUserAgent: its user agent names a crawler, a monitor, a preview fetcher or a headless browser.
	BotUserAgent = "FAILED_UA_EXCLUDE"
	// BotLibrary: its user agent is that of an HTTP library or command-line tool, not of a browser.
	BotLibrary = "FAILED_UA_INCLUDE"
	// BotPrefetch: the browser loads the page in advance; nobody has seen it yet.
	BotPrefetch = "PREFETCH"
	// BotInternal: it comes from one of the workspace's own networks. People, but not the ones that marketing is for.
	BotInternal = "INTERNAL"
)

// Bots tells bots by their user agents. It is immutable.
type Bots struct {
	except, crawlers, libraries []string
}

// NewBots reads the project's own list. more are further words, in any letter case, that make a user agent a bot.
func NewBots(more ...string) *Bots {
	b := &Bots{}
	for line := range strings.Lines(botsData) {
		kind, words, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || kind[0] == '#' {
			continue
		}
		list := map[string]*[]string{"except": &b.except, "crawler": &b.crawlers, "library": &b.libraries}[kind]
		for word := range strings.SplitSeq(words, ",") {
			*list = append(*list, strings.TrimSpace(word))
		}
	}
	for _, word := range more {
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
			b.crawlers = append(b.crawlers, word)
		}
	}
	return b
}

// Reason is why a user agent is a bot's; empty when it is not known to be. An absent user agent says nothing.
func (b *Bots) Reason(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	ua := strings.ToLower(cut(userAgent, 1024))
	for _, word := range b.except {
		ua = strings.ReplaceAll(ua, word, "")
	}
	for _, word := range b.crawlers {
		if strings.Contains(ua, word) {
			return BotUserAgent
		}
	}
	for _, word := range b.libraries {
		if strings.HasPrefix(ua, word) {
			return BotLibrary
		}
	}
	return ""
}
