package adfile

import (
	"regexp"
	"strings"

	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// column is what a column of a report means.
type column int

const (
	colDay column = iota
	colFrom
	colTo
	colAccountID
	colAccount
	// Campaign groups, which only LinkedIn has.
	colGroupID
	colGroup
	colCampaignID
	colCampaign
	colAdGroupID
	colAdGroup
	colAdID
	colAd
	colCurrency
	colSpend
	colMicros
	colImpressions
	colClicks
	colTemplate
	colPlatform
	colSource
	colMedium
	colChannel
	columnCount
)

// The names of columns as the platforms write them, without what stands in brackets: first those of English reports, then those of other languages, whose numbers have decimal commas.
// The platforms' own exports in de, fr, es, pt, it and nl.
func columnNames() (english, foreign map[column]string) {
	english = map[column]string{
		colDay:         "day|date|by day|stat_time_day|gregorian date|timeperiod|time period|segments.date|date_day",
		colFrom:        "reporting starts|date_start|start date|from|period start|starts",
		colTo:          "reporting ends|date_stop|end date|to|period end|ends",
		colAccountID:   "account id|account_id|accountid|customer id|customer_id|customer.id|account number|advertiser id|external customer id",
		colAccount:     "account|account name|account_name|accountname|advertiser name|customer",
		colGroupID:     "campaign group id|campaign_group_id",
		colGroup:       "campaign group name|campaign group|campaign_group_name",
		colCampaignID:  "campaign id|campaign_id|campaignid|campaign.id",
		colCampaign:    "campaign|campaign name|campaign_name|campaignname|campaign.name",
		colAdGroupID:   "ad group id|ad_group_id|adgroupid|ad set id|adset_id|ad_group.id",
		colAdGroup:     "ad group|ad group name|ad_group_name|ad_group|adgroupname|adgroup|ad set name|adset_name|ad_group.name",
		colAdID:        "ad id|ad_id|adid|creative id|creative_id",
		colAd:          "ad|ad name|ad_name|adname|creative name|creative_name",
		colCurrency:    "currency|currency code|currency_code|currencycode|account currency|account_currency|customer.currency_code",
		colSpend:       "cost|spend|amount spent|total spent|total cost|cost_in_local_currency",
		colMicros:      "cost_micros|metrics.cost_micros",
		colImpressions: "impressions|impr.|impr|metrics.impressions",
		colClicks:      "clicks|link clicks|inline_link_clicks|metrics.clicks",
		colTemplate:    "tracking template|final url suffix|campaign final url suffix|url parameters|url tags|utm_template|utm template|tracking url template",
		colPlatform:    "platform", colSource: "source|utm_source", colMedium: "medium|utm_medium", colChannel: "channel",
	}
	foreign = map[column]string{
		colDay:         "tag|datum|jour|día|fecha|dia|data|giorno|dag",
		colFrom:        "berichtsstart|auswertungsbeginn|début des rapports|début de la période|inicio del informe|inicio de los informes|início dos relatórios|inizio report|inizio dei report|inizio rapporto|begin rapportage|start rapportage",
		colTo:          "berichtsende|auswertungsende|fin des rapports|fin de la période|fin del informe|fin de los informes|término dos relatórios|encerramento dos relatórios|fine report|fine dei report|fine rapporto|einde rapportage",
		colAccountID:   "konto-id|kundennummer|kunden-id|id du compte|numéro client|identifiant du compte|id de la cuenta|id da conta|id account|account-id",
		colAccount:     "konto|kontoname|compte|nom du compte|cuenta|nombre de la cuenta|conta|nome da conta|nome account|accountnaam",
		colGroup:       "kampagnengruppe|name der kampagnengruppe|kampagnengruppenname|groupe de campagnes|nom du groupe de campagnes|grupo de campañas|nombre del grupo de campañas|grupo de campanhas|nome do grupo de campanhas|gruppo di campagne|nome del gruppo di campagne|campagnegroep|naam campagnegroep",
		colGroupID:     "kampagnengruppen-id|id du groupe de campagnes|id del grupo de campañas|id do grupo de campanhas|id gruppo di campagne|campagnegroep-id",
		colCampaignID:  "kampagnen-id|id de campagne|id de la campagne|n° de campagne|id de campaña|id de la campaña|identificador de la campaña|id da campanha|identificação da campanha|id campagna|campagne-id",
		colCampaign:    "kampagne|kampagnenname|name der kampagne|campagne|nom de la campagne|campaña|nombre de la campaña|campanha|nome da campanha|campagna|nome campagna|nome della campagna|campagnenaam|naam campagne",
		colAdGroupID:   "anzeigengruppen-id|id du groupe d'annonces|id de l'ensemble de publicités|id del grupo de anuncios|id do grupo de anúncios|advertentiegroep-id",
		colAdGroup:     "anzeigengruppe|anzeigengruppenname|name der anzeigengruppe|groupe d'annonces|nom de l'ensemble de publicités|grupo de anuncios|nombre del conjunto de anuncios|grupo de anúncios|nome do conjunto de anúncios|gruppo di annunci|nome gruppo inserzioni|advertentiegroep|naam advertentieset",
		colAdID:        "anzeigen-id|id de la publicité|id del anuncio|id do anúncio|advertentie-id",
		colAd:          "anzeige|anzeigenname|name der anzeige|nom de la publicité|nombre del anuncio|nome do anúncio|nome inserzione|advertentienaam",
		colCurrency:    "währung|währungscode|kontowährung|devise|code de devise|code devise|moneda|código de moneda|código de la moneda|moeda|código da moeda|valuta|codice valuta|valutacode",
		colSpend:       "kosten|ausgaben|ausgegebener betrag|coût|coûts|dépenses|montant dépensé|coste|costo|gasto|importe gastado|custo|valor usado|valor gasto|importo speso|spesa|uitgegeven bedrag|besteed bedrag",
		colImpressions: "impressionen|impresiones|impressões|impressioni|vertoningen|weergaven",
		colClicks:      "klicks|link-klicks|linkklicks|clics|clics sur un lien|clics en el enlace|cliques|cliques no link|clic|clic sul link|klikken|linkklikken",
		colTemplate:    "tracking-vorlage|suffix der finalen url|url-parameter|modèle de suivi|paramètres d'url",
	}
	return english, foreign
}

type name struct {
	column    column
	isForeign bool
}

// names are the meanings of columns by their names.
func names() map[string]name {
	out := map[string]name{}
	english, foreign := columnNames()
	for c, list := range foreign {
		for n := range strings.SplitSeq(list, "|") {
			out[n] = name{c, true}
		}
	}
	for c, list := range english {
		for n := range strings.SplitSeq(list, "|") {
			out[n] = name{column: c}
		}
	}
	return out
}

var bracketed = regexp.MustCompile(`\s*[(\[]([^)\]]*)[)\]]\s*$`) //nolint:gochecknoglobals // a compiled pattern is a constant

// heading is a column's name in small letters, and what stands behind it in brackets as it is: a currency, "in UTC", "destination".
func heading(cell string) (base, bracket string) {
	cell = strings.Join(strings.Fields(strings.Trim(cell, "\"'")), " ")
	if m := bracketed.FindStringSubmatchIndex(cell); m != nil {
		bracket, cell = cell[m[2]:m[3]], cell[:m[0]]
	}
	return strings.ToLower(strings.ReplaceAll(cell, "’", "'")), bracket
}

// header is the row that names the columns.
type header struct {
	row  int
	at   [columnCount]int
	base map[string]bool
	// currency is the code of the currency that stands behind the cost's name, or above the table; empty when none does.
	currency  string
	isForeign bool
	width     int
}

func (h *header) has(c column) bool { return h.at[c] >= 0 }

// headerRows is how far down the header may be.
const headerRows = 40

// findHeader is the first row that names a cost and what it is for.
func findHeader(s *tabular.Sheet) *header {
	known := names()
	for i, row := range s.Rows[:min(len(s.Rows), headerRows)] {
		h := &header{row: i, base: map[string]bool{}, width: len(row.Cells)}
		for c := range h.at {
			h.at[c] = -1
		}
		found := 0
		for j, cell := range row.Cells {
			base, bracket := heading(cell)
			if _, ok := known[base]; !ok {
				base, bracket = trailing(base, bracket)
			}
			h.base[base] = true
			n, ok := known[base]
			if !ok || n.column == colSpend && strings.Contains(strings.ToLower(bracket), "convert") || bracket != "" && n.column == colClicks && strings.EqualFold(bracket, "all") && h.has(colClicks) {
				continue
			}
			// Link clicks are the clicks that lead to the site.
			if h.has(n.column) && !strings.Contains(base, "link") {
				continue
			}
			found++
			h.at[n.column], h.isForeign = j, h.isForeign || n.isForeign
			if n.column == colSpend {
				h.currency = numbers.Currency(bracket)
			}
		}
		if found >= 2 && (h.has(colSpend) || h.has(colMicros)) {
			h.complete(s.Rows[:i])
			return h
		}
	}
	return nil
}

// trailing takes a currency off a column's name that has it without brackets: "Cost USD", "spend_eur", "Spend in EUR".
func trailing(base, bracket string) (string, string) {
	at := strings.LastIndexAny(base, " _")
	if bracket != "" || at < 0 || numbers.Currency(base[at+1:]) == "" {
		return base, bracket
	}
	return strings.TrimRight(strings.TrimSuffix(base[:at], " in"), " ,_-"), base[at+1:]
}

var stated = regexp.MustCompile(`(?i)\bcurrency\b[ :=,"]+([A-Z]{3})\b`) //nolint:gochecknoglobals // a compiled pattern is a constant

// complete takes from the lines above what the header does not say, and turns LinkedIn's levels into everybody's: its campaign groups are campaigns, and its campaigns ad groups.
func (h *header) complete(above []tabular.Row) {
	for _, row := range above {
		if m := stated.FindStringSubmatch(strings.Join(row.Cells, " ")); m != nil && h.currency == "" {
			h.currency = numbers.Currency(m[1])
		}
	}
	if h.at[colGroup] < 0 && h.at[colGroupID] < 0 {
		return
	}
	if h.at[colAdGroup] < 0 && h.at[colAdGroupID] < 0 {
		h.at[colAdGroup], h.at[colAdGroupID] = h.at[colCampaign], h.at[colCampaignID]
		h.at[colCampaign], h.at[colCampaignID] = h.at[colGroup], h.at[colGroupID]
	}
}

// Platforms, by the names that dbt's ad reporting packages gave them.
const (
	Google    = "google_ads"
	Meta      = "meta_ads"
	LinkedIn  = "linkedin_ads"
	Microsoft = "microsoft_ads"
	TikTok    = "tiktok_ads"
)

// detect is the platform whose report this is, by words that only it uses. Empty: none that is known.
func detect(s *tabular.Sheet, h *header) string {
	var above strings.Builder
	for _, r := range s.Rows[:h.row] {
		above.WriteString(strings.ToLower(strings.Join(r.Cells, " ")) + "\n")
	}
	below := ""
	for _, r := range s.Rows[max(len(s.Rows)-5, h.row):] {
		below += strings.ToLower(strings.Join(r.Cells, " "))
	}
	has := func(list string) bool {
		for n := range strings.SplitSeq(list, "|") {
			if h.base[n] {
				return true
			}
		}
		return false
	}
	utc := false
	for _, cell := range s.Rows[h.row].Cells {
		if _, b := heading(cell); strings.EqualFold(b, "in UTC") {
			utc = true
		}
	}
	switch {
	case has("amount spent|reporting starts|berichtsstart|auswertungsbeginn|ausgegebener betrag|montant dépensé|importe gastado|valor usado|importo speso|uitgegeven bedrag|besteed bedrag|ad set name|adset_name"):
		return Meta
	case utc || h.has(colGroup) || h.has(colGroupID) || has("total spent"):
		return LinkedIn
	case strings.Contains(above.String(), "report name:") || strings.Contains(below, "microsoft corporation") || has("timeperiod|gregorian date|currencycode|campaignname"):
		return Microsoft
	case has("by day|stat_time_day|cpc|advertiser id|advertiser name") && !has("impr.|currency code"):
		return TikTok
	case has("impr.|impr|currency code|währungscode|code de devise|campaign status|kampagnenstatus|customer id|cost_micros|metrics.cost_micros|segments.date|campaign state|avg. cpc"):
		return Google
	}
	return ""
}
