package offline

import "strings"

// Kind is the medium and channel of an offline touch by the word that its source has for it: a webinar, an event, a download, a call, mail, or a campaign's membership. It reports
// false for words that say none of these.
func Kind(word string) (medium, channel string, ok bool) {
	word = strings.ToLower(word)
	for _, k := range []struct{ words, medium, channel string }{
		{"webinar|webcast|virtual event|online event|live stream", "webinar", "Webinar"},
		{"download|whitepaper|white paper|ebook|e-book|content|report|guide|case study|asset|brochure", "content", "Content"},
		{"call|phone|telephone|telemarketing|demo meeting|meeting|conversation", "call", "Call"},
		{"direct mail|postal|letter|mailing", "direct_mail", "Direct Mail"},
		{"email|e-mail|newsletter", "email", "Email"},
		{"partner|reseller", "partner", "Partners"},
		{"event|conference|trade show|tradeshow|seminar|roadshow|dinner|booth|fair|summit|workshop|meetup", "event", "Event"},
		{"campaign member|campaignmember|member", "campaign", "Campaign"},
	} {
		for w := range strings.SplitSeq(k.words, "|") {
			if strings.Contains(word, w) {
				return k.medium, k.channel, true
			}
		}
	}
	return "", "", false
}

// TookPart tells whether a status is of somebody who did something: an invitation, a no-show or a refusal is no touch.
func TookPart(status string) bool {
	status = strings.ToLower(strings.TrimSpace(status))
	for _, no := range []string{
		"no show", "no-show", "noshow", "not attended", "did not attend", "absent", "declined", "cancel", "bounced", "unsubscribed", "sent", "invited", "planned", "not sent", "waitlist",
		"rejected", "no answer", "no response", "voicemail",
	} {
		if status == no || len(no) > 4 && strings.HasPrefix(status, no) {
			return false
		}
	}
	return true
}
