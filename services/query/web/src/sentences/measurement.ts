// What is true of journeys, paths, the funnel, the models and the ledger. The rule of each sentence stands above it.
import { isGap } from '../lib/channels'
import { count, day, exactMoney, list, listSome, percent, ratio } from '../lib/format'
import { stepWord, type FunnelAnswer, type Step } from '../lib/funnel'
import type { JourneyRow } from '../lib/journeys'
import { modelLabel, smallSample, written, type Measure } from '../lib/measures'
import { allOf, brief } from '../lib/names'
import type { PathsAnswer } from '../lib/paths'
import type { Compare } from '../lib/types'
import { readable, sentenceCase } from '../lib/words'

const plural = (n: number, one: string, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`

/** leakTitle names the step with the smallest share of the step before; the earliest of equals. Who did not go on need not be lost: many are still on their way. */
export function leakTitle(steps: Step[], unit: string): string {
  const first = steps[0]
  if (!first || first.reached === 0) return `No ${unit} in this period.`
  const known = steps.filter((s) => s.from_previous !== null)
  if (!known.length) return `${count(first.reached)} ${unit}, one step.`
  const worst = known.reduce((a, b) => (b.from_previous! < a.from_previous! ? b : a))
  if (worst.from_previous! >= 1) return `${first.reached === 2 ? 'Both' : `All ${count(first.reached)}`} ${unit} went through every step.`
  const before = steps[steps.indexOf(worst) - 1]
  const from = before ? stepWord(before.step).toLowerCase() : 'the start', to = stepWord(worst.step).toLowerCase()
  return worst.from_previous === 0 ? `Of ${count(first.reached)} ${unit} none went on from ${from} to ${to}.` : `Of ${count(first.reached)} ${unit} the smallest share went on from ${from} to ${to}: ${percent(worst.from_previous!)}.`
}

/** channelTitle compares how much of their opportunities channels carry through to the last step, of those that rest on enough. */
export function channelTitle(a: Pick<FunnelAnswer, 'steps' | 'by_channel'>): string {
  const last = a.steps[a.steps.length - 1]
  const first = a.steps.find((s) => s.unit === 'opportunities') ?? a.steps[0]
  const none = 'The same steps, channel by channel.'
  if (!last || !first || last === first) return none
  const at = (c: FunnelAnswer['by_channel'][number], s: Step) => c.steps.find((x) => x.step === s.step && x.kind === s.kind)?.reached ?? 0
  const rate = a.by_channel.map((c) => ({ c: brief(c.channel), n: at(c, first), r: at(c, first) > 0 ? at(c, last) / at(c, first) : 0 })).filter((x) => x.n >= smallSample).sort((x, y) => y.r - x.r || y.n - x.n)
  const best = rate[0], worst = rate[rate.length - 1]
  if (rate.length < 2 || !best || !worst) return none
  if (percent(best.r) === percent(worst.r)) return `${allOf(rate.length, 'channels')} with ${smallSample} opportunities or more carry ${percent(best.r)} of them through to ${stepWord(last.step).toLowerCase()}.`
  return `${best.c} carries ${percent(best.r)} of its opportunities through to ${stepWord(last.step).toLowerCase()}, ${worst.c} ${percent(worst.r)}, of ${rate.length} channels with ${smallSample} or more.`
}

/** most are the names with the largest count, all of them where they are equal. */
function most(counts: Map<string, number>): { names: string[]; n: number } {
  const n = Math.max(0, ...counts.values())
  return { n, names: n > 0 ? [...counts].filter(([, v]) => v === n).map(([name]) => name).sort() : [] }
}

/** pathsSentence says how journeys begin, and how those with more than one step end: what comes to a channel and does not go on ends there. */
export function pathsSentence(p: Pick<PathsAnswer, 'headline' | 'nodes' | 'links' | 'totals'>): string {
  if (!p.totals.journeys || !p.nodes.length) return readable(p.headline)
  const start = Math.min(...p.nodes.map((n) => n.step))
  const opens = new Map<string, number>(), ends = new Map<string, number>()
  for (const n of p.nodes) {
    if (isGap(n.channel)) continue
    if (n.step === start) opens.set(n.channel, (opens.get(n.channel) ?? 0) + n.journeys)
    else ends.set(n.channel, (ends.get(n.channel) ?? 0) + n.journeys - p.links.filter((l) => l.from === n.id).reduce((s, l) => s + l.journeys, 0))
  }
  const first = most(opens), last = most(ends)
  if (!first.names.length) return readable(p.headline)
  const begin = first.names.length === 1 ? `${brief(first.names[0]!)} opens ${percent(first.n / p.totals.journeys)} of ${plural(p.totals.journeys, 'journey')}` : `${listSome(first.names.map(brief))} each open ${percent(first.n / p.totals.journeys)} of ${plural(p.totals.journeys, 'journey')}`
  if (!last.names.length) return `${begin}; none has more than one step.`
  if (last.names.length === 1 && first.names.length === 1 && last.names[0] === first.names[0]) return `${begin}, and ends most of the longer ones.`
  return `${begin}; the longer ones end most often with ${listSome(last.names.map(brief))}.`
}

/** flowTitle names the widest move between two channels, or how many are equally wide. */
export function flowTitle(p: Pick<PathsAnswer, 'nodes' | 'links' | 'totals'>): string {
  const name = (id: string) => p.nodes.find((n) => n.id === id)?.channel ?? id
  const moves = p.links.filter((l) => !isGap(name(l.from)) && !isGap(name(l.to))).sort((a, b) => b.journeys - a.journeys)
  const top = moves[0]
  if (!top) return p.totals.journeys ? `${plural(p.totals.journeys, 'journey')}, none with more than one step.` : 'No journey has a path in this period.'
  const equal = moves.filter((l) => l.journeys === top.journeys).length
  const of = `${count(top.journeys)} of ${plural(p.totals.journeys, 'journey')}`
  return equal > 1 ? `No move stands out: ${equal} are taken by ${of} each, one of them from ${brief(name(top.from))} to ${brief(name(top.to))}.` : `The widest move is from ${brief(name(top.from))} to ${brief(name(top.to))}: ${of}.`
}

/** lengthTitle counts the journeys that last touch alone would misread. */
export function lengthTitle(p: Pick<PathsAnswer, 'lengths'>): string {
  const all = p.lengths.reduce((s, l) => s + l.journeys, 0)
  const long = p.lengths.filter((l) => l.touches > 1).reduce((s, l) => s + l.journeys, 0)
  if (!all) return 'No journey has a path in this period.'
  if (!long) return all === 1 ? 'The one journey had one touch.' : `All ${count(all)} journeys had one touch: every model gives it everything.`
  if (long === all && all > 1) return `All ${count(all)} journeys had more than one touch; last touch alone would hide the rest of each.`
  return `${percent(long / all)} of ${plural(all, 'journey')} had more than one touch; last touch alone would hide the rest of each.`
}

/** widestTitle names the channel whose figure depends most on the model. */
export function widestTitle(m: Measure, rows: Compare['rows'], currency: string): string {
  const apart = rows.map((r) => { const by = r.models.map((x) => ({ model: x.model, x, v: m.of(x) ?? null })).filter((y) => y.v !== null).sort((a, b) => a.v! - b.v!); return { channel: r.channel, low: by[0], high: by[by.length - 1] } }).filter((a) => a.low && a.high)
  if (!apart.length) return `No channel has a ${m.label.toLowerCase()} to compare.`
  const widest = apart.sort((a, b) => b.high!.v! - b.low!.v! - (a.high!.v! - a.low!.v!))[0]!
  if (widest.high!.v === widest.low!.v) return `All models give every channel the same ${m.label.toLowerCase()}.`
  return `${m.label} of ${brief(widest.channel)} depends most on the model: ${written(m, widest.low!.x, currency)} by ${modelLabel(widest.low!.model)}, ${written(m, widest.high!.x, currency)} by ${modelLabel(widest.high!.model)}.`
}

/** agreeTitle says whether the models agree on who pays back: a return of 1 does. */
export function agreeTitle(rows: Compare['rows']): string {
  const spread = rows.map((r) => ({ c: brief(r.channel), lo: r.roas_spread.min, hi: r.roas_spread.max })).filter((s): s is { c: string; lo: number; hi: number } => s.lo !== null && s.hi !== null)
  if (!spread.length) return 'No channel has spend in this period, so the models have no return to disagree about.'
  const doubtful = spread.filter((s) => s.lo < 1 && s.hi >= 1)
  if (doubtful.length) return `The models disagree whether ${listSome(doubtful.map((s) => s.c))} ${doubtful.length === 1 ? 'pays' : 'pay'} back${doubtful.length <= 2 ? `: ${listSome(doubtful.map((s) => `${ratio(s.lo)} to ${ratio(s.hi)}`))}` : ''}. An experiment would tell.`
  const losing = spread.filter((s) => s.hi < 1)
  if (losing.length === spread.length) return `All models agree that ${spread.length === 1 ? `${spread[0]!.c} does not pay` : 'no channel pays'} back.`
  return losing.length ? `All models agree which channels pay back: all but ${listSome(losing.map((s) => s.c))}.` : `All models agree that ${spread.length === 1 ? `${spread[0]!.c} pays` : `${spread.length === 2 ? 'both' : `all ${spread.length}`} channels with spend pay`} back.`
}

export interface Version { name: string; version: string; status: string; progress?: number; rule?: string }

export function versionTitle(versions: Version[]): string {
  const shadow = versions.filter((v) => v.status === 'shadow'), live = versions.filter((v) => v.status === 'live').length
  if (shadow.length) return `${list(shadow.map((v) => modelLabel(v.name)))} ${shadow.length === 1 ? 'has a version' : 'have versions'} in shadow, computed beside the live one.`
  return `${live === 1 ? 'One model is' : `${live} models are`} live, none is in shadow.`
}

/** journeyTitle tells one journey from its beginning to its end. */
export function journeyTitle(row: JourneyRow | undefined, id: string): string {
  if (!row) return `Journey ${brief(id)}`
  const who = brief(row.account_id || row.person_id || row.journey_id)
  const what = row.kind === 'opportunity' ? (row.amount ? exactMoney(row.amount, row.currency) : 'a deal without an amount') : brief(row.conversion_type || 'a conversion')
  const end = { won: `won on ${day(row.closed_on)}`, lost: `lost on ${day(row.closed_on)}`, open: `open in ${brief(row.stage || 'its first stage')}`, converted: `on ${day(row.closed_on)}` }[row.state] ?? row.state
  if (row.touches === 0) return `${who}: ${what}, ${end}, without a touch that is known.`
  const took = row.days === null || row.days === undefined ? '' : row.days === 0 ? ' on one day' : ` in ${plural(row.days, 'day')}`
  const from = row.channels[0], to = row.channels[row.channels.length - 1]
  return `${who}: ${what}, ${end}, after ${plural(row.touches, 'touch', 'touches')}${took}${!from || !to ? '' : from === to ? `, ${row.touches === 1 ? 'by' : 'first and last by'} ${brief(from)}` : `, from ${brief(from)} to ${brief(to)}`}.`
}

interface Moved { amount: string }

/** bridgeTitle names the step that moved the sum most; where none did, what went from channel to channel is still worth a sentence. */
export function bridgeTitle<S extends Moved>(b: { steps: S[]; check: { exact: boolean; difference: string } }, name: (s: S) => string, write: (v: string | number) => string): string {
  const sums = b.check.exact ? 'the steps add up to the last minor unit' : `the steps are ${b.check.difference} apart`
  const size = (s: S) => Math.abs(Number(s.amount))
  const widest = [...b.steps].sort((x, y) => size(y) - size(x))[0]
  if (!widest) return 'Nothing was restated between these two moments.'
  if (size(widest) === 0) return `The sum is as it was; ${name(widest)} moved credit within it, and ${sums}.`
  return `${sentenceCase(name(widest))} moved it most, by ${Number(widest.amount) > 0 ? '+' : ''}${write(widest.amount)}; ${sums}.`
}
