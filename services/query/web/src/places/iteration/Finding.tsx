// One finding of the review: the sentence, this week beside the weeks before, how sure it is, and the way to look into it.
import { follow, href, places, type Place } from '../../lib/address'
import { colour } from '../../lib/channels'
import { count, day, money, percent, range, ratio } from '../../lib/format'
import { measures } from '../../lib/measures'
import { plainWord, readable, sentenceCase } from '../../lib/words'
import { explainOf } from '../../ui/Figure'
import { ChannelMark } from '../../ui/Mark'

export interface Finding {
  kind?: string; sentence: string; measure: string; subject: { channel?: string; campaign?: string }; value: string | null; previous: string | null; currency?: string
  change: number | null; confidence: string; doubt?: string; link: string; query: string; evidence: { label: string; value: string }[]
}

interface Pair { label: string; now: string; before: string }

/** pairs puts "spent this week" beside "spent per week before"; what has no partner stays as it is. */
export function pairs(evidence: Finding['evidence']): { both: Pair[]; rest: Finding['evidence'] } {
  const before = new Map(evidence.filter((e) => / per week before$| per week in the/.test(' ' + e.label)).map((e) => [e.label.replace(/ ?per week (before|in the .*)$/, ''), e.value]))
  const both: Pair[] = [], used = new Set<string>()
  for (const e of evidence) {
    const m = /^(.*?) ?this week$/.exec(e.label)
    if (m && before.has(m[1]!)) { both.push({ label: m[1]!, now: e.value, before: before.get(m[1]!)! }); used.add(m[1]!) }
  }
  const rest = evidence.filter((e) => { const name = e.label.replace(/ ?(this week|per week (before|in the .*))$/, ''); return !(used.has(name) && name !== e.label) })
  return { both, rest }
}

const written = (v: string | null, f: Finding) => (v === null || v === undefined ? null : f.currency ? money(v, f.currency) : ['roas'].includes(f.measure) ? ratio(Number(v)) : measures[f.measure]?.kind === 'percent' ? percent(Number(v)) : count(Math.round(Number(v) * 10) / 10))

/** inView is the finding's view with its figure explained. */
function inView(f: Finding): string | undefined {
  if (!f.link || !(f.measure in measures)) return f.link || undefined
  const at = new URL(f.link, location.origin)
  const place = at.pathname.split('/')[1] as Place
  if (!places.includes(place)) return f.link
  return href(place, { ...Object.fromEntries(at.searchParams), explain: explainOf(f.measure, f.subject) })
}

/** inPeriod is a view's address over other days. */
function inPeriod(address: string, { from, to }: Before): string {
  const at = new URL(address, location.origin)
  at.searchParams.set('from', from)
  at.searchParams.set('to', to)
  return at.pathname + at.search
}

const tones: Record<string, [string, string]> = { high: ['good', 'hardly chance'], medium: ['', 'perhaps chance'], low: ['doubt', 'may be chance'] }

/** Before are the weeks that the review compares with: what stands for them is their average. */
export interface Before { from: string; to: string; weeks?: number }

export function FindingView({ f, said, previous }: { f: Finding; said: boolean; previous: Before }) {
  const { both, rest } = pairs(f.evidence)
  const to = inView(f)
  const go = (e: Event) => follow(e as unknown as MouseEvent)
  const label = measures[f.measure]?.label ?? sentenceCase(plainWord(f.measure))
  const [tone, sure] = tones[f.confidence] ?? ['', f.confidence]
  const main = f.value === null ? [] : [{ label, now: written(f.value, f)!, before: written(f.previous, f) ?? '–', main: true }]
  const rows = [...main, ...both.filter((p) => p.label && !(main.length && sameFigure(p, main[0]!))).map((p) => ({ ...p, label: sentenceCase(p.label), main: false }))]
  return (
    <article class="finding">
      <div class="finding-text">
        {said ? <h3 class="hidden">{readable(f.sentence)}</h3> : <h3 class="sentence">{f.subject?.channel && <><ChannelMark channel={f.subject.channel} /> </>}{readable(f.sentence)}</h3>}
        {f.value !== null && f.previous !== null && <Beside f={f} />}
        <p class="row"><span class={'badge ' + tone}>{sure}</span>{f.doubt && <span class="note">{sentenceCase(readable(f.doubt))}</span>}</p>
        <p class="row">{f.link && <a href={f.link} onClick={go}>Look into it</a>}{f.query && <a class="quiet" href={f.query} target="_blank">The question behind it</a>}</p>
      </div>
      <table class="beside">
        <thead><tr><th scope="col"><span class="hidden">Figure</span></th><th scope="col">This week</th><th scope="col">{(previous.weeks ?? 1) > 1 ? `Average of ${previous.weeks} weeks before` : 'The week before'}</th></tr></thead>
        <tbody>
          {rows.map((r) => <tr key={r.label}><th scope="row">{r.label}</th><td>{r.main && to ? <a class="figure" href={to} onClick={go} title={`${label}: ${f.value} ${f.currency ?? ''}`}>{r.now}</a> : to ? <a class="figure" href={to} onClick={go} title={`${r.label}, explained`}>{readable(r.now)}</a> : readable(r.now)}{r.main && f.change !== null && <span class="change"> {percent(f.change, true)}</span>}</td><td class="quiet">{to && r.before !== '–' ? <a class="figure" href={inPeriod(to, previous)} onClick={go} title={(previous.weeks ?? 1) > 1 ? `Opens the sum of ${previous.weeks} weeks, ${range(previous.from, previous.to)}: this is their average` : range(previous.from, previous.to)}>{readable(r.before)}</a> : readable(r.before)}</td></tr>)}
          {rest.filter((e) => e.label && !/^(this week|per week)/.test(e.label)).map((e) => <tr key={e.label}><th scope="row">{sentenceCase(e.label)}</th><td colSpan={2}>{/^\d{4}-\d{2}-\d{2}$/.test(e.value) ? day(e.value) : to ? <a class="figure" href={to} onClick={go}>{readable(e.value)}</a> : readable(e.value)}</td></tr>)}
        </tbody>
      </table>
    </article>
  )
}

/** sameFigure tells that a pair only repeats the finding's own figure. */
const sameFigure = (p: Pair, main: { now: string }) => readable(p.now) === main.now

/** Beside draws this week against a week before, from zero, on one scale. */
function Beside({ f }: { f: Finding }) {
  const now = Math.max(0, Number(f.value)), before = Math.max(0, Number(f.previous))
  const most = Math.max(now, before, 1e-9)
  const bar = (v: number) => `${Math.max(0.4, (100 * v) / most)}%`
  return (
    <svg class="beside-bars" width="100%" height="22" aria-hidden="true">
      <rect x="0" y="2" height="10" rx="2" width={bar(now)} style={{ fill: f.subject?.channel ? colour(f.subject.channel) : 'var(--accent)' }} />
      <rect x="0" y="15" height="5" rx="1.5" width={bar(before)} class="spent" />
    </svg>
  )
}
