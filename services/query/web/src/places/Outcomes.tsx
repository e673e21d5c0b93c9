// Outcomes: are we on course?
import { useAnswer } from '../lib/api'
import { changed, useAddress } from '../lib/address'
import { meet, unattributed } from '../lib/channels'
import * as f from '../lib/format'
import { useMaturing } from '../lib/maturing'
import { measure, written } from '../lib/measures'
import { length } from '../lib/days'
import { useScope } from '../lib/scope'
import type { Channels, Trend } from '../lib/types'
import { MeasureCourse, writer } from '../charts/Course'
import { Lines } from '../charts/Lines'
import { Returns } from '../charts/Returns'
import { roleOf } from '../lib/role'
import { Exports } from '../ui/Choice'
import { Change, Figure } from '../ui/Figure'
import { Headline } from '../ui/Headline'
import { Panel } from '../ui/Panel'
import { Tiles } from '../ui/Tiles'

const multiples = ['pipeline', 'opportunities', 'conversions', 'cac']

export const intervalOf = (from: string, to: string) => { const n = length(from, to); return n <= 35 ? 'day' : n <= 200 ? 'week' : 'month' }

export function Outcomes() {
  const scope = useScope()
  const { params } = useAddress()
  const view = roleOf(params)
  const question = { ...scope.query, limit: 50 }
  const answer = useAnswer<Channels>('/channels', question)
  const asked = { ...scope.query, interval: intervalOf(scope.period.from, scope.period.to), by: 'none' }
  const trend = useAnswer<Trend>('/trend', asked)
  const a = answer.data, t = trend.data
  useMaturing(t)
  if (a) meet(a.rows.map((r) => r.channel))
  if (!a && answer.error) return <Headline answer={answer} />
  return (
    <>
      <Headline answer={answer} sentence={a && sentence(a, t)} />
      <Tiles answer={a} keys={view.tiles} course={t ? t.totals : trend.loading ? null : undefined} />
      {!trend.error?.missing && (
        <Panel title={t && returnTitle(t)} loading={trend.loading} error={trend.error} again={trend.again} height={280} note={t && maturityNote(t)} actions={<Exports path="/trend" query={asked} />}>
          {t && t.totals.length > 1 && <ReturnCourse trend={t} />}
        </Panel>
      )}
      {(trend.loading || (t && a && t.totals.length > 2)) && (
        <Panel title={t && a && multiplesTitle(a, t)} loading={trend.loading || answer.loading} height={182} note={!t ? undefined : t.previous?.length ? `Solid: this period. Dashed: ${scope.before ? f.range(scope.before.from, scope.before.to) : 'before'}.` : 'Solid: this period.'}>
          <div class="multiples">
            {t && a && multiples.map((key) => (
              <div class="multiple" key={key}>
                <h3>{measure(key).label}: <Figure m={key} of={a.totals} currency={a.currency} short /> <Change m={measure(key)} now={a.totals} before={a.totals.previous} currency={a.currency} /></h3>
                <MeasureCourse trend={t} of={key} label={`${measure(key).label} over time; in total ${written(measure(key), a.totals, a.currency)}`} />
              </div>
            ))}
          </div>
        </Panel>
      )}
      <Panel title={a && sourcesTitle(a)} loading={answer.loading} error={a ? undefined : answer.error} height={320} note="Return by channel, the thin bar is spend on the same scale." actions={<a class="quiet" href={changed({}, 'channels')}>All of it in Channels</a>}>
        {a && <Returns currency={a.currency} entries={a.rows.filter((r) => Number(r.value) > 0 || r.channel === unattributed).filter((_, i, all) => i < 8 || i === all.length - 1).map((row) => ({ row, name: row.channel }))} />}
      </Panel>
    </>
  )
}

/** moved says how a figure went against the one before, as a part of a sentence. */
function moved(key: string, a: Channels): string {
  const m = measure(key), was = a.totals.previous
  const now = m.of(a.totals) ?? null, before = was ? m.of(was) ?? null : null
  if (!was || now === null || before === null || before === 0) return ''
  const change = (now - before) / Math.abs(before)
  return Math.abs(change) < 0.005 ? ', as before' : `, ${change > 0 ? 'up' : 'down'} ${f.percent(Math.abs(change))} from ${written(m, was, a.currency, true)}`
}

const againstText = (now: number, before: number) => { const c = (now - before) / before; return Math.abs(c) < 0.005 ? 'the same as' : `${f.percent(Math.abs(c))} ${c > 0 ? 'above' : 'below'}` }

/** likeForLike compares the part of a period whose outcomes are in with the same part of the one before: the rest would look like a decline. */
export function likeForLike(t: Trend, key: string): { now: number; before: number; until: string } | undefined {
  const m = measure(key)
  const n = t.totals.findIndex((p) => p.immature)
  if (n < 1 || t.basis !== 'touch') return undefined
  const sum = (points: Trend['totals']) => points.slice(0, n).reduce((s, p) => s + (m.of(p) ?? 0), 0)
  return { now: sum(t.totals), before: t.previous ? sum(t.previous) : 0, until: t.totals[n]!.on }
}

/** sentence says how the period went against the one before. */
function sentence(a: Channels, trend?: Trend): string {
  const t = a.totals
  const key = Number(t.value) > 0 ? 'value' : Number(t.pipeline) > 0 ? 'pipeline' : 'conversions'
  if ((measure(key).of(t) ?? 0) === 0) return a.headline
  const mature = trend && likeForLike(trend, key)
  const all = `${measure(key).label} of ${written(measure(key), t, a.currency, true)}`
  if (mature) return `${all} so far; in the days whose outcomes are in, ${f.money(mature.now, a.currency, true)}${mature.before > 0 ? `, ${againstText(mature.now, mature.before)} the ${f.money(mature.before, a.currency, true)} of the same days before` : ''}.`
  const first = all + moved(key, a)
  return `${first}${t.roas !== null ? `; each ${a.currency} spent brought ${f.ratio(t.roas)}${moved('roas', a).replace(/, (up|down) .* from/, ', against').replace(/, as before$/, ', as before')}` : ''}.`
}

function returnTitle(t: Trend): string {
  const whole = t.totals.filter((p) => !p.partial)
  const points = whole.length ? whole : t.totals
  const best = [...points].sort((x, y) => Number(y.value) - Number(x.value))[0]
  if (!best || Number(best.value) <= 0) return t.headline
  const name = (on: string) => (t.interval === 'month' ? f.month(on) : t.interval === 'week' ? `the week of ${f.shortDay(on)}` : f.shortDay(on))
  const known = points.filter((p) => !p.immature)
  const last = known[known.length - 1]
  const first = `The best ${t.interval} was ${name(best.on).replace(/^the week of/, 'that of')} with a return of ${f.money(best.value, t.currency, true)}`
  return last && last.on !== best.on ? `${first}; ${name(last.on)}${known.length < points.length ? ', the latest whose outcomes are in,' : ''} brought ${f.money(last.value, t.currency, true)}.` : `${first}.`
}

export function maturityNote(t: Trend): string {
  const m = t.maturity
  if (!m || m.p90_days === null || m.p90_days === undefined || !m.immature_from) return 'Return and spend on one scale.'
  return `Return and spend on one scale. Nine tenths of ${m.measure} come within ${f.days(m.p90_days)} of the touch: days from ${f.day(m.immature_from)} on are hatched, their outcomes are still to come${m.samples < 20 ? ` (a guess from ${f.count(m.samples)} outcomes)` : ''}.`
}

export function ReturnCourse({ trend }: { trend: Trend }) {
  const before = trend.previous?.map((p) => Number(p.value))
  const some = (values: (number | null)[]) => values.some((v) => (v ?? 0) > 0)
  const main = some(trend.totals.map((p) => Number(p.value))) ? 'value' : some(trend.totals.map((p) => Number(p.pipeline))) ? 'pipeline' : 'spend'
  const lines = [
    ...(before && some(before) ? [{ label: 'return before', values: trend.totals.map((_, i) => before[i] ?? null), colour: 'var(--context)', dash: true, quiet: true }] : []),
    ...(main === 'spend' ? [] : [{ label: measure(main).label.toLowerCase(), values: trend.totals.map((p) => Number(main === 'value' ? p.value : p.pipeline)), colour: 'var(--accent)', area: true }]),
    { label: 'spend', values: trend.totals.map((p) => Number(p.spend)), colour: 'var(--strong-line)', quiet: true },
  ]
  return <Lines on={trend.totals.map((p) => p.on)} lines={lines} write={writer('value', trend.currency)} label="Return and spend over time" height={280} immatureFrom={trend.maturity?.immature_from} />
}

/** multiplesTitle says which parts went better and which worse; of touches whose outcomes are still to come it says nothing, and of ratios over them either. */
function multiplesTitle(a: Channels, t: Trend): string {
  const was = a.totals.previous
  if (!was) return 'How the parts of the outcome went over the period.'
  const some = likeForLike(t, 'conversions')
  const words = multiples.map((key) => {
    const m = measure(key), like = likeForLike(t, key)
    if (some && (m.parts || !like)) return null
    const n = like ? like.now : (m.of(a.totals) ?? null), b = like ? like.before : (m.of(was) ?? null)
    return n === null || b === null || b === 0 ? null : { m, by: (n - b) / b }
  }).filter((x) => x !== null)
  const say = (good: boolean) => words.filter((w) => Math.abs(w.by) >= 0.005 && (w.by > 0 === (w.m.better === 'up')) === good).map((w) => `${w.m.label.toLowerCase().replace('cac', 'CAC')} ${f.percent(w.by, true)}`)
  const up = say(true), down = say(false)
  const parts = [up.length ? `better: ${f.list(up)}` : '', down.length ? `worse: ${f.list(down)}` : ''].filter(Boolean).join('; ')
  if (some) return parts ? `${parts[0]!.toUpperCase()}${parts.slice(1)}, in the days before ${f.day(some.until)}, whose outcomes are in.` : `The days before ${f.day(some.until)}, whose outcomes are in, are as they were.`
  return parts ? parts[0]!.toUpperCase() + parts.slice(1) + '.' : 'Pipeline, opportunities, conversions and CAC are as before.'
}

function sourcesTitle(a: Channels): string {
  const rows = a.rows.filter((r) => r.channel !== unattributed).sort((x, y) => Number(y.value) - Number(x.value))
  const total = Number(a.totals.value)
  if (!rows.length || total <= 0) return 'No return is recorded in this period yet.'
  const two = rows.slice(0, 2)
  return `${f.list(two.map((r) => r.channel))} ${two.length === 1 ? 'brings' : 'bring'} ${f.percent(two.reduce((s, r) => s + Number(r.value), 0) / total)} of the return; ${f.percent(Number(a.rows.find((r) => r.channel === unattributed)?.value ?? 0) / total)} is not attributed.`
}
