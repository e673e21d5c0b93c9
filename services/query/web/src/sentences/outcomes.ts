// What is true of the whole, said from totals and their course. The rule of each sentence stands above it.
import { unattributed } from '../lib/channels'
import * as f from '../lib/format'
import { measure, written, type Measure } from '../lib/measures'
import { brief } from '../lib/names'
import type { Channels, Trend } from '../lib/types'
import { readable } from '../lib/words'

export const multiples = ['pipeline', 'opportunities', 'conversions', 'cac']

/** flat is a change that no sentence mentions. */
const flat = 0.005

const say = (m: Measure, n: number, currency: string) => (m.kind === 'money' ? f.money(n, currency, true) : f.count(Math.round(n * 10) / 10, true))

/** moved says how a figure went against the one before, as a part of a sentence. */
function moved(key: string, a: Channels, word = 'from'): string {
  const m = measure(key), was = a.totals.previous
  const now = m.of(a.totals) ?? null, before = was ? (m.of(was) ?? null) : null
  if (!was || now === null || before === null || before === 0) return ''
  const change = (now - before) / Math.abs(before)
  if (Math.abs(change) < flat) return ', as before'
  return word === 'from' ? `, ${change > 0 ? 'up' : 'down'} ${f.percent(Math.abs(change))} from ${written(m, was, a.currency, true)}` : `, against ${written(m, was, a.currency, true)}`
}

const againstText = (now: number, before: number) => { const c = (now - before) / before; return Math.abs(c) < flat ? 'the same as' : `${f.percent(Math.abs(c))} ${c > 0 ? 'above' : 'below'}` }

/** likeForLike compares the part of a period whose outcomes are in with the same part of the one before: the rest would look like a decline. */
export function likeForLike(t: Trend, key: string): { now: number; before: number; until: string } | undefined {
  const m = measure(key)
  const n = t.totals.findIndex((p) => p.immature)
  if (n < 1 || t.basis !== 'touch') return undefined
  const sum = (points: Trend['totals']) => points.slice(0, n).reduce((s, p) => s + (m.of(p) ?? 0), 0)
  return { now: sum(t.totals), before: t.previous ? sum(t.previous) : 0, until: t.totals[n]!.on }
}

/** outcomeSentence says how the period went against the one before, by the first of return, pipeline, opportunities and conversions that there is. */
export function outcomeSentence(a: Channels, trend?: Trend): string {
  const t = a.totals
  const key = ['value', 'pipeline', 'opportunities', 'conversions'].find((k) => (measure(k).of(t) ?? 0) > 0)
  if (!key) return readable(a.headline)
  const m = measure(key)
  const mature = trend && likeForLike(trend, key)
  const all = `${m.label} of ${written(m, t, a.currency, true)}`
  if (mature) return `${m.kind === 'money' ? all : `${written(m, t, a.currency, true)} ${m.label.toLowerCase()}`} so far; in the days whose outcomes are in, ${say(m, mature.now, a.currency)}${mature.before > 0 ? `, ${againstText(mature.now, mature.before)} the ${say(m, mature.before, a.currency)} of the same days before` : ''}.`
  return `${m.kind === 'money' ? all : `${written(m, t, a.currency, true)} ${m.label.toLowerCase()}`}${moved(key, a)}${key === 'value' && t.roas !== null ? `; each ${a.currency} spent brought ${f.ratio(t.roas)}${moved('roas', a, 'against')}` : ''}.`
}

/** returnTitle names the best whole step, the earliest of equals, and the latest step whose outcomes are in. */
export function returnTitle(t: Trend): string {
  const whole = t.totals.filter((p) => !p.partial)
  const points = whole.length ? whole : t.totals
  const most = Math.max(0, ...points.map((p) => Number(p.value)))
  const best = points.find((p) => Number(p.value) === most)
  const name = (on: string) => (t.interval === 'month' ? f.month(on) : t.interval === 'week' ? `the week of ${f.shortDay(on)}` : f.shortDay(on))
  if (!best || most <= 0) {
    const dear = Math.max(0, ...points.map((p) => Number(p.spend))), where = points.find((p) => Number(p.spend) === dear)
    return dear > 0 && t.totals.every((p) => Number(p.pipeline) <= 0) ? `Nothing has come back yet; most was spent ${t.interval === 'day' ? 'on' : 'in'} ${name(where!.on)}: ${f.money(dear, t.currency, true)}.` : readable(t.headline)
  }
  if (points.length === 1) return `The return of ${name(best.on)} was ${f.money(best.value, t.currency, true)}.`
  const known = points.filter((p) => !p.immature)
  const last = known[known.length - 1]
  const first = `The best ${t.interval} was ${name(best.on).replace(/^the week of/, 'that of')} with a return of ${f.money(best.value, t.currency, true)}`
  return last && last.on !== best.on ? `${first}; ${name(last.on)}${known.length < points.length ? ', the latest whose outcomes are in,' : ''} brought ${f.money(last.value, t.currency, true)}.` : `${first}.`
}

export function maturityNote(t: Trend): string {
  const m = t.maturity
  if (!m || m.p90_days === null || m.p90_days === undefined || !m.immature_from) return 'Return and spend on one scale.'
  return `Return and spend on one scale. Nine tenths of ${m.measure} come within ${f.days(m.p90_days)} of the touch: days from ${f.day(m.immature_from)} on are hatched, their outcomes are still to come${m.samples < 20 ? ` (a guess from ${f.count(m.samples)} ${m.samples === 1 ? 'outcome' : 'outcomes'})` : ''}.`
}

/** partName is a part of the outcome within a sentence. */
const partName = (key: string) => (key === 'cac' ? 'customers with a cost' : measure(key).label.toLowerCase())

/** multiplesTitle says which parts went better and which worse; of touches whose outcomes are still to come it says nothing, and of ratios over them either. */
export function multiplesTitle(a: Channels, t: Trend): string {
  const was = a.totals.previous
  const none = multiples.filter((key) => !measure(key).of(a.totals))
  if (none.length === multiples.length) return 'No part of an outcome is recorded in this period yet.'
  if (!was) return none.length ? `How the parts of the outcome went over the period; there ${none.length === 1 && none[0] === 'pipeline' ? 'is' : 'are'} no ${f.list(none.map((key) => partName(key)))} in it.` : 'How the parts of the outcome went over the period.'
  const some = likeForLike(t, 'conversions')
  const words = multiples.map((key) => {
    const m = measure(key), like = likeForLike(t, key)
    if (some && (m.parts || !like)) return null
    const n = like ? like.now : (m.of(a.totals) ?? null), b = like ? like.before : (m.of(was) ?? null)
    return n === null || b === null || b === 0 ? null : { m, by: (n - b) / b }
  }).filter((x) => x !== null)
  const which = (good: boolean) => words.filter((w) => Math.abs(w.by) >= flat && (w.by > 0 === (w.m.better === 'up')) === good).map((w) => `${w.m.label.toLowerCase().replace('cac', 'CAC')} ${f.percent(w.by, true)}`)
  const up = which(true), down = which(false)
  const parts = [up.length ? `better: ${f.list(up)}` : '', down.length ? `worse: ${f.list(down)}` : ''].filter(Boolean).join('; ')
  if (!words.length) return 'The period before has nothing to compare these with.'
  if (some) return parts ? `${parts[0]!.toUpperCase()}${parts.slice(1)}, in the days before ${f.day(some.until)}, whose outcomes are in.` : `The days before ${f.day(some.until)}, whose outcomes are in, are as they were.`
  return parts ? parts[0]!.toUpperCase() + parts.slice(1) + '.' : 'Pipeline, opportunities, conversions and CAC are as before.'
}

/** sourcesTitle names the two channels that bring most, and what no touch earned. */
export function sourcesTitle(a: Channels): string {
  const total = Number(a.totals.value)
  if (total <= 0) return 'No return is recorded in this period yet.'
  const rows = a.rows.filter((r) => r.channel !== unattributed && Number(r.value) > 0).sort((x, y) => Number(y.value) - Number(x.value))
  if (!rows.length) return 'None of the return is attributed to a channel.'
  const two = rows.slice(0, 2)
  const gap = Number(a.rows.find((r) => r.channel === unattributed)?.value ?? 0) / total
  return `${f.list(two.map((r) => brief(r.channel)))} ${two.length === 1 ? 'brings' : 'bring'} ${f.percent(two.reduce((s, r) => s + Number(r.value), 0) / total)} of the return; ${gap === 0 ? 'all of it is attributed' : `${f.percent(gap)} is not attributed`}.`
}
