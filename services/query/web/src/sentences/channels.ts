// What is true of channels and their parts, said from the answer's rows. The rule of each sentence stands above it; the tests hold them at their edges.
import { unattributed } from '../lib/channels'
import { count, listSome, money, percent, ratio } from '../lib/format'
import { isSmall, measure, smallSample, written } from '../lib/measures'
import { allOf, brief, hostOf, isFiner, labelOf, spoken } from '../lib/names'
import type { Channels, Figures, Row } from '../lib/types'
import { readable } from '../lib/words'

const plurals: Record<string, string> = { channel: 'channels', campaign: 'campaigns', content: 'ads', landing_page: 'landing pages' }

/** named is the share of spend that a row needs to be called best or worst, as in the service's own headline: a few coins that met a large deal are luck. */
const named = 0.02

/** lower is a label within a sentence; abbreviations stay as they are. */
const lower = (label: string) => (label === label.toUpperCase() ? label : label[0]!.toLowerCase() + label.slice(1))

/** headline is the service's sentence without a comparison that is not fair yet, and with pages as paths where all are of one site. */
export function headline(a: Channels, soFar: boolean): string {
  let text = soFar ? a.headline.replace(/, (?:up|down) from [\d.,]*\d/g, ' so far').replace(/, as before/g, ' so far') : a.headline
  const hosts = a.group_by === 'landing_page' ? [...new Set(a.rows.map((r) => hostOf(r.landing_page ?? '')).filter(Boolean))] : []
  if (hosts.length === 1) text = text.replaceAll(hosts[0]! + '/', '/')
  return readable(a.group_by === 'content' ? text.replace(/\bcontents\b/, 'ads') : text)
}

/** returnsTitle names who returns less than it costs: rows with spend whose return is below their spend, the dearest first. */
export function returnsTitle(a: Channels): string {
  const rows = a.rows.filter((r) => r.channel !== unattributed)
  const plural = plurals[a.group_by] ?? 'rows'
  if (!rows.length) return 'Nothing is recorded for this period.'
  const paid = rows.filter((r) => Number(r.spend) > 0)
  if (isFiner(a.group_by) && paid.length) return `What ${plural} brought. Costs are known by campaign only, and stand where none is named.`
  if (!paid.length) return `No spend is recorded for ${rows.length === 1 ? spoken(rows[0]!, a.group_by) : `these ${rows.length} ${plural}`}, so there is no return on it to show.`
  const losing = paid.filter((r) => Number(r.value) < Number(r.spend)).sort((x, y) => Number(y.spend) - Number(x.spend))
  const shown = (a.page.total ?? 0) > a.rows.length ? ' of this page' : ''
  if (!losing.length) return paid.length === 1 ? `${spoken(paid[0]!, a.group_by)} returns what it costs or more.` : `${allOf(paid.length, plural)} with spend${shown} return what they cost or more.`
  if (paid.length === 1) return `${spoken(paid[0]!, a.group_by)} returns less than it costs.`
  const back = paid.length - losing.length
  return `${listSome(losing.map((r) => spoken(r, a.group_by)))} ${losing.length === 1 ? 'returns' : 'return'} less than ${losing.length === 1 ? 'it costs' : 'they cost'}; ${back === 0 ? 'none' : back} of ${paid.length} ${paid.length === 1 ? plural.slice(0, -1) : plural} with spend${shown} ${back === 1 ? 'pays' : 'pay'} back.`
}

/** ownSentence is what a channel's owner asks first: what it returns, and which of its parts with at least 2% of its spend most and least; parts that rest
 * on few cases are not ranked. */
export function ownSentence(a: Channels, own: Row, soFar: boolean): string {
  const was = soFar ? null : own.previous?.roas
  const against = was === null || was === undefined || own.roas === null ? '' : `, ${Math.abs(own.roas - was) < 0.005 ? 'as before' : `${own.roas > was ? 'up' : 'down'} from ${ratio(was)}`}`
  const first = own.roas !== null ? `${brief(own.channel)} returns ${ratio(own.roas)} for 1 spent${soFar ? ' so far' : ''}${against}`
    : Number(own.value) > 0 ? `${brief(own.channel)} brought a return of ${money(own.value, a.currency, true)} without spend`
      : own.touchpoints > 0 ? `${brief(own.channel)} has touches and no return yet` : `Nothing of ${brief(own.channel)} is recorded in this period`
  if (isFiner(a.group_by)) return `${first}.`
  const enough = named * Number(own.spend)
  const paid = a.rows.filter((r) => r.channel === own.channel && r.roas !== null && Number(r.spend) > 0 && Number(r.spend) >= enough && !isSmall(measure('roas'), r)).sort((x, y) => y.roas! - x.roas! || Number(y.spend) - Number(x.spend))
  const best = paid[0], worst = paid[paid.length - 1]
  if (a.group_by === 'channel' || paid.length < 2 || !best || !worst) return `${first}.`
  if (ratio(best.roas) === ratio(worst.roas)) return `${first}, and so does each of its ${paid.length} campaigns.`
  const name = (r: Row) => (labelOf(r, a.group_by) ? spoken(r, a.group_by) : 'what has no name')
  return `${first}; of ${paid.length} campaigns with 2% of its spend and ${smallSample} outcomes or more, ${name(best)} returns most with ${ratio(best.roas)}, ${name(worst)} least with ${ratio(worst.roas)}.`
}

/** tableTitle ranks by the cost of a lead or a customer where the table has it, of rows that rest on at least five; else by return, else by the first column. */
export function tableTitle(a: Channels, columns: string[]): string {
  const finer = isFiner(a.group_by)
  const key = !finer && columns.includes('cpl') ? 'cpl' : !finer && columns.includes('cac') ? 'cac' : columns.includes('value') ? 'value' : columns[0]!
  const m = measure(key), plural = plurals[a.group_by] ?? 'rows'
  const sure = (r: Row) => (key !== 'cpl' && key !== 'cac') || (m.base?.(r) ?? 0) >= smallSample
  const rows = a.rows.filter((r) => r.channel !== unattributed && (m.of(r) ?? 0) > 0 && sure(r))
  const total = a.page.total ?? a.rows.filter((r) => r.channel !== unattributed).length
  const single = plural.slice(0, -1)
  if (rows.length < 2) return total ? `${total} ${total === 1 ? single : plural} in the period.` : 'Nothing is recorded for this period.'
  const order = [...rows].sort((x, y) => m.of(x)! - m.of(y)! || Number(y.spend) - Number(x.spend))
  const first = order[0]!, last = order[order.length - 1]!
  const name = (r: Row) => spoken(r, a.group_by)
  if (m.of(first) === m.of(last)) return `${allOf(rows.length, plural)} are alike in ${lower(m.label)}.`
  if (key !== 'cpl' && key !== 'cac') return key === 'value' ? `${name(last)} returns most, ${name(first)} least of the ${rows.length} that return anything.` : `${name(last)} has the most ${lower(m.label)}, ${name(first)} the ${m.kind === 'count' ? 'fewest' : 'least'} of ${rows.length} ${plural}.`
  const things = key === 'cpl' ? 'leads' : 'customers'
  const better = first.roas !== null && last.roas !== null && ratio(last.roas) !== ratio(first.roas) && last.roas > first.roas
  return `${name(first)} has the cheapest ${things}, ${name(last)} the dearest${better ? `, which return more all the same: ${ratio(last.roas)} against ${ratio(first.roas)} for 1` : ''}${rows.length < a.rows.filter((r) => r.channel !== unattributed && m.of(r) !== null).length ? `, of ${rows.length} ${plural} with at least ${smallSample} ${things}` : ''}.`
}

/** stackTitle follows a hundred touches to the customer, with what each step costs and what comes back; steps that nobody knows are left out. */
export function stackTitle(x: Figures, currency: string, whose?: string): string {
  const say = (key: string, text: (v: string) => string) => (measure(key).of(x) === null || measure(key).of(x) === undefined ? '' : text(written(measure(key), x, currency)))
  const steps = [
    x.cvr !== 0 && say('cvr', (v) => `${v} of touches${whose ? ` of ${brief(whose)}` : ''} convert${say('cpl', (cost) => `, at ${cost} each`)}`),
    say('sql_rate', (v) => `${x.opportunities > x.conversions ? `there are ${count(x.opportunities)} opportunities for ${count(x.conversions)} conversions` : `${v} of conversions become an opportunity`}`),
    say('pipeline_conversion', (v) => `${v} of opportunities${x.sql_rate !== null && x.sql_rate !== undefined && x.opportunities <= x.conversions ? '' : ' become'} a customer${say('cac', (cost) => `, at ${cost} each`)}`),
    say('roas', (v) => `each 1 spent brings ${v} back`),
  ].filter((s): s is string => !!s)
  return steps.length ? `${steps.join('; ')}.`.replace(/^./, (c) => c.toUpperCase()) : 'Nothing converts in this period yet.'
}

/** coursesTitle names who rose and who fell most against the period before; of a period whose outcomes are still to come it claims nothing. */
export function coursesTitle(rows: Row[], drawn: string[], soFar: string): string {
  const names = listSome(drawn.map(brief))
  if (soFar) return `${names}, over time: what is hatched is not yet all there.`
  const moved = rows.filter((r) => r.channel !== unattributed && r.previous && Number(r.previous.value) > 0).map((r) => ({ c: brief(r.channel), by: Number(r.value) / Number(r.previous!.value) - 1 })).sort((x, y) => y.by - x.by)
  const up = moved[0], down = moved[moved.length - 1]
  if (moved.length < 2 || !up || !down) return `${names} over the period.`
  const flat = (by: number) => Math.abs(by) < 0.005
  if (flat(up.by) && flat(down.by)) return `${names}: all return as before.`
  const one = (x: { c: string; by: number }, best: boolean) => flat(x.by) ? `${x.c} returns as before` : `${x.c} ${x.by > 0 ? 'rose' : 'fell'} ${(x.by > 0) === best ? 'most' : 'least'}, by ${percent(Math.abs(x.by))}`
  return `${one(up, true)}; ${one(down, false)}.`
}
