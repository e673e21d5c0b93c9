// The measures: how each is computed, named, written and compared. One list for tiles, tables, charts and the explain drawer.
import * as f from './format'
import type { Figures } from './types'

export type Kind = 'money' | 'count' | 'ratio' | 'percent'
export type Group = 'outcome' | 'leading' | 'efficiency' | 'quality'

export interface Measure {
  key: string; label: string; kind: Kind; group: Group
  /** better says which way is good; undefined: neither. */
  better?: 'up' | 'down'
  of: (x: Figures) => number | null
  /** made says what the figure is made of, in the explain drawer. */
  made: string
  /** parts are the measures that a ratio divides: numerator, denominator. */
  parts?: [string, string]
  /** sort is the API's word for it, where it can sort by it. */
  sort?: string
  /** base is the count that the figure rests on: few of them make it a small sample. */
  base?: (x: Figures) => number
  /** ledger is the measure of credit behind it. */
  ledger?: string
}

const num = (s: string | null | undefined) => (s === null || s === undefined ? null : Number(s))

/** cost is what something cost; where no spend is recorded nobody knows, and it was hardly free. */
const cost = (x: Figures, s: string | null) => (Number(x.spend) === 0 ? null : num(s))

const all: Measure[] = [
  { key: 'spend', label: 'Spend', kind: 'money', group: 'outcome', of: (x) => num(x.spend), sort: 'spend', made: 'The cost that ad platforms and people reported for the days of the period, converted by the rate of its day.' },
  { key: 'value', label: 'Return', kind: 'money', group: 'outcome', better: 'up', of: (x) => num(x.value), sort: 'value', ledger: 'revenue', made: 'Credited amount of won opportunities plus credited value of conversions.' },
  { key: 'revenue', label: 'Revenue', kind: 'money', group: 'outcome', better: 'up', of: (x) => num(x.revenue), sort: 'revenue', ledger: 'revenue', made: 'Amounts of won opportunities, shared out to their touches by the model.' },
  { key: 'conversion_value', label: 'Conversion value', kind: 'money', group: 'outcome', better: 'up', of: (x) => num(x.conversion_value), sort: 'conversion_value', ledger: 'conversion_value', made: 'Values of conversions, shared out to their touches by the model.' },
  { key: 'pipeline', label: 'Open pipeline', kind: 'money', group: 'outcome', better: 'up', of: (x) => num(x.pipeline), sort: 'pipeline', ledger: 'pipeline', made: 'Amounts of opportunities that are still open, shared out to their touches by the model.' },
  { key: 'roas', label: 'Return for 1', kind: 'ratio', group: 'outcome', better: 'up', of: (x) => x.roas, sort: 'roas', parts: ['value', 'spend'], base: (x) => x.customers || x.conversions, ledger: 'revenue', made: 'Return divided by spend.' },
  { key: 'roi', label: 'ROI', kind: 'percent', group: 'outcome', better: 'up', of: (x) => x.roi, sort: 'roi', parts: ['value', 'spend'], base: (x) => x.customers || x.conversions, ledger: 'revenue', made: 'Return minus spend, divided by spend.' },
  { key: 'impressions', label: 'Impressions', kind: 'count', group: 'leading', of: (x) => x.impressions, sort: 'impressions', made: 'As the ad platforms report them.' },
  { key: 'clicks', label: 'Clicks', kind: 'count', group: 'leading', of: (x) => x.clicks, sort: 'clicks', made: 'As the ad platforms report them.' },
  { key: 'ctr', label: 'CTR', kind: 'percent', group: 'leading', better: 'up', of: (x) => x.ctr, parts: ['clicks', 'impressions'], base: (x) => x.clicks, made: 'Clicks divided by impressions.' },
  { key: 'cpc', label: 'CPC', kind: 'money', group: 'leading', better: 'down', of: (x) => cost(x, x.cpc), parts: ['spend', 'clicks'], base: (x) => x.clicks, made: 'Spend divided by clicks.' },
  { key: 'touchpoints', label: 'Touches', kind: 'count', group: 'leading', of: (x) => x.touchpoints, sort: 'touchpoints', made: 'Visits, forms and offline touches that occurred in the period, bots left out.' },
  { key: 'cvr', label: 'CVR', kind: 'percent', group: 'leading', better: 'up', of: (x) => x.cvr, parts: ['conversions', 'touchpoints'], base: (x) => x.conversions, made: 'Credited conversions divided by touches.' },
  { key: 'conversions', label: 'Conversions', kind: 'count', group: 'efficiency', better: 'up', of: (x) => x.conversions, sort: 'conversions', ledger: 'conversions', made: 'Conversions, shared out to their touches by the model: one that two touches share counts half for each.' },
  { key: 'cpl', label: 'CPL', kind: 'money', group: 'efficiency', better: 'down', of: (x) => cost(x, x.cpl), sort: 'cpl', parts: ['spend', 'conversions'], base: (x) => x.conversions, ledger: 'conversions', made: 'Spend divided by credited conversions: what a lead costs.' },
  { key: 'cost_per_opportunity', label: 'Per opportunity', kind: 'money', group: 'efficiency', better: 'down', of: (x) => cost(x, x.cost_per_opportunity), sort: 'cost_per_opportunity', parts: ['spend', 'opportunities'], base: (x) => x.opportunities, ledger: 'opportunities', made: 'Spend divided by credited opportunities.' },
  { key: 'cac', label: 'CAC', kind: 'money', group: 'efficiency', better: 'down', of: (x) => cost(x, x.cac), sort: 'cac', parts: ['spend', 'customers'], base: (x) => x.customers, ledger: 'customers', made: 'Spend divided by credited customers: what a customer costs.' },
  { key: 'payback_months', label: 'Payback, months', kind: 'ratio', group: 'efficiency', better: 'down', of: (x) => x.payback_months, base: (x) => x.customers, made: 'CAC divided by the monthly gross margin of a customer; needs gross_margin in the configuration.' },
  { key: 'opportunities', label: 'Opportunities', kind: 'count', group: 'quality', better: 'up', of: (x) => x.opportunities, sort: 'opportunities', ledger: 'opportunities', made: 'Opportunities, shared out to their touches by the model.' },
  { key: 'sql_rate', label: 'SQL rate', kind: 'percent', group: 'quality', better: 'up', of: (x) => x.sql_rate, parts: ['opportunities', 'conversions'], base: (x) => x.opportunities, ledger: 'opportunities', made: 'Credited opportunities divided by credited conversions: how many leads became sales-qualified.' },
  { key: 'customers', label: 'Customers', kind: 'count', group: 'quality', better: 'up', of: (x) => x.customers, sort: 'customers', ledger: 'customers', made: 'Won opportunities, shared out to their touches by the model.' },
  { key: 'pipeline_conversion', label: 'Pipeline conversion', kind: 'percent', group: 'quality', better: 'up', of: (x) => x.pipeline_conversion, parts: ['customers', 'opportunities'], base: (x) => x.customers, ledger: 'customers', made: 'Credited customers divided by credited opportunities: how much of the pipeline converts.' },
]

/** isBilled tells measures that rest on what platforms report: they know campaigns, and nothing finer. */
export const isBilled = (m: Measure) => ['spend', 'impressions', 'clicks', 'ctr', 'cpc', 'cpl', 'cost_per_opportunity', 'cac', 'roas', 'roi', 'payback_months'].includes(m.key)

/** ripens tells measures whose outcomes of late touches are still to come: what the ledger credits, and what is divided by touches from it. */
export const ripens = (m: Measure) => !!m.ledger || m.key === 'cvr'

/** valueOf is the figure, or null where it does not exist. */
export const valueOf = (m: Measure, x: Figures): number | null => m.of(x) ?? null

export const measures: Record<string, Measure> = Object.fromEntries(all.map((m) => [m.key, m]))
export const measure = (key: string): Measure => measures[key] ?? all[0]!

export const groups: Record<Group, string> = { outcome: 'Outcome', leading: 'Leading', efficiency: 'Efficiency', quality: 'Quality' }

/** written is a measure's value rounded for reading. */
export function written(m: Measure, x: Figures, currency: string, short = false): string {
  const value = m.of(x) ?? null
  if (value === null) return f.none
  switch (m.kind) {
    case 'money': return f.money(value, currency, short)
    case 'count': return f.count(value, short)
    case 'ratio': return f.ratio(value)
    case 'percent': return m.key === 'roi' ? f.percent(value, true) : f.percent(value)
  }
}

/** exact is the same to the last digit. */
export function exact(m: Measure, x: Figures, currency: string): string {
  const value = m.of(x) ?? null
  if (value === null) return m.parts?.[0] === 'spend' && Number(x.spend) === 0 ? 'not known: no spend is recorded' : 'does not exist: there is nothing to divide by'
  if (m.kind === 'money') return f.exactMoney((x as unknown as Record<string, string>)[m.key] ?? value, currency)
  if (m.kind === 'count') return f.exactCount(value)
  return String(value)
}

/** smallSample is fewer than this of what a figure rests on. */
export const smallSample = 5

export const isSmall = (m: Measure, x: Figures) => !!m.base && !!m.of(x) && m.base(x) < smallSample

/** interval is where the figure lies with 90% probability if its count is one draw of a Poisson process: spend is known, customers are luck. */
export function interval(m: Measure, x: Figures): [number, number] | null {
  const n = m.base?.(x) ?? 0
  if (!['cac', 'cpl', 'cost_per_opportunity'].includes(m.key) || n <= 0) return null
  const spend = Number(x.spend)
  if (spend <= 0) return null
  // Wilson-Hilferty bounds of the mean of a Poisson count.
  const low = n * (1 - 1 / (9 * n) - 1.645 / (3 * Math.sqrt(n))) ** 3
  const high = (n + 1) * (1 - 1 / (9 * (n + 1)) + 1.645 / (3 * Math.sqrt(n + 1))) ** 3
  return low <= 0 ? null : [spend / high, spend / low]
}

export const modelLabels: Record<string, string> = {
  first_touch: 'First touch', last_touch: 'Last touch', last_non_direct: 'Last non-direct', lead_creation: 'Lead creation', linear: 'Linear',
  position_based: 'Position based', time_decay: 'Time decay', u_shaped: 'U-shaped', w_shaped: 'W-shaped', full_path: 'Full path', markov: 'Markov', shapley: 'Shapley',
}
export const modelLabel = (model: string) => modelLabels[model] ?? model

export const modelRules: Record<string, string> = {
  first_touch: 'Everything to the earliest touch.', last_touch: 'Everything to the latest touch.', last_non_direct: 'Everything to the latest touch that was not direct.',
  lead_creation: 'Everything to the latest touch before the lead was created.', linear: 'The same share to each touch.',
  position_based: '40% to the first touch, 40% to the last, 20% spread over those between.', time_decay: 'Shares that halve with every 7 days before the outcome.',
  u_shaped: '50% to the first touch, 50% to the touch that created the lead.', w_shaped: '30% each to first touch, lead creation and opportunity creation, 10% spread between.',
  full_path: '22.5% each to first touch, lead creation, opportunity creation and the close, 10% spread between.',
  markov: 'By what would be lost if the channel were removed from all paths.', shapley: 'By the channel’s average contribution to every combination of channels.',
}
