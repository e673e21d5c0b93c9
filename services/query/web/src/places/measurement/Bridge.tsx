// The restatement bridge: what was known then, what moved it and why, what is known now. And the books: which months are closed.
import { useState } from 'preact/hooks'
import { Failure, forget, send, url, useAnswer } from '../../lib/api'
import { change, changed, useAddress } from '../../lib/address'
import { add, isDay, length, max, min, today } from '../../lib/days'
import { count, day, exactMoney, moment, money, month, range } from '../../lib/format'
import { journeyName, reason, type Posting } from '../../lib/journeys'
import { measure, modelLabel } from '../../lib/measures'
import { readable } from '../../lib/words'
import { useScope } from '../../lib/scope'
import type { Freshness, Warning } from '../../lib/types'
import { Waterfall } from '../../charts/Waterfall'
import { Choice, Exports } from '../../ui/Choice'
import { Fact, factOf } from '../../ui/Fact'
import { ChannelName } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { bridgeTitle } from '../../sentences/measurement'
import { Plain } from '../../ui/Table'

interface Step { reason?: string; channel?: string; month?: string; sentence?: string; amount: string; postings: number; journeys: number; rows: { channel?: string; reason?: string; amount: string }[] }
interface BridgeAnswer { headline: string; model: string; measure: string; basis: string; by: string; currency: string; from: { as_of: string; amount: string }; to: { as_of: string; amount: string }; steps: Step[]; check: { exact: boolean; difference: string }; closed_months: string[]; freshness: Freshness; warnings: Warning[] }
interface PostingsAnswer { headline: string; rows: (Posting & { journey_id: string; booked_month?: string; is_adjustment?: boolean })[]; page: { total?: number; next_cursor?: string } }
interface PeriodsAnswer { headline: string; open_month: string; rows: { month: string; is_closed: boolean; closed_at: string | null; closed_by: string }[] }

const measuresOf: [string, string][] = [['revenue', 'Revenue'], ['pipeline', 'Pipeline'], ['customers', 'Customers'], ['opportunities', 'Opportunities'], ['conversions', 'Conversions']]
const bys: [string, string][] = [['reason', 'By reason'], ['channel', 'By channel'], ['month', 'By month']]

export function Bridge() {
  const scope = useScope()
  const { params } = useAddress()
  const then = isDay(params.then) ? params.then : add(today(), -7)
  const of = params.measure ?? 'revenue', by = params.by ?? 'reason'
  const about = { workspace: scope.query.workspace, model: scope.model, basis: params.basis, channel: scope.channel }
  const question = { ...about, from: then, to: scope.asOf, effective_from: scope.period.from, effective_to: scope.period.to, measure: of, by, currency: scope.query.currency }
  const answer = useAnswer<BridgeAnswer>('/ledger/bridge', question)
  const b = answer.data
  const write = (v: string | number) => (b?.currency ? money(v, b.currency) : count(Number(v)))
  const exact = (v: string) => (b?.currency ? exactMoney(v, b.currency) : v)
  const name = (s: Step) => (s.reason ? reason(s.reason) : s.month ? month(s.month) : s.channel ?? '')
  return (
    <>
      <Sentence answer={answer} scope={<>{measure(of).label} of {range(scope.period.from, scope.period.to)} · {modelLabel(scope.model)} model · counted on the date of the {b?.basis ?? 'close'} · {b?.currency || 'a count'} · known {day(then)} against {scope.asOf ? day(scope.asOf) : 'now'}</>} missing={<p>The postings are all in the view <code>ledger</code> with both their times: a bridge is their sum by reason between two recorded moments.</p>} />
      {(b || !answer.error) && (
        <>
          <div class="toolbar">
            <Choice label="Measure" value={of} options={measuresOf} onChange={(v) => change({ measure: v === 'revenue' ? '' : v })} />
            <Choice label="Steps" value={by} options={bys} onChange={(v) => change({ by: v === 'reason' ? '' : v })} />
            <Exports path="/ledger/bridge" query={question} />
          </div>
          <AsOf then={then} first={scope.bounds.first} />
          <Panel title={b && bridgeTitle(b, name, write)} loading={answer.loading} error={answer.error} again={answer.again} height={280}>
            {b && <Waterfall from={{ label: `Known ${day(b.from.as_of)}`, amount: Number(b.from.amount), text: <a class="figure" href={changed({ explain: of, as_of: then })} title={exact(b.from.amount)}>{write(b.from.amount)}</a> }} to={{ label: scope.asOf ? `Known ${day(b.to.as_of)}` : 'Known now', amount: Number(b.to.amount), text: <a class="figure" href={changed({ explain: of })} title={exact(b.to.amount)}>{write(b.to.amount)}</a> }}
              falls={b.steps.map((s) => ({ id: name(s), label: name(s), sentence: s.sentence && readable(s.sentence), amount: Number(s.amount), text: (Number(s.amount) > 0 ? '+' : '') + write(s.amount), exact: exact(s.amount), detail: (
                <><ul class="parts">{s.rows.slice(0, 12).map((r, i) => <li key={i}>{r.channel ? <ChannelName channel={r.channel} /> : <span>{reason(r.reason ?? '')}</span>}<a class="figure" href={changed({ reason: s.reason ?? r.reason ?? '', cursor: '' }) + '#postings'} title={exact(r.amount)}>{write(r.amount)}</a><span /></li>)}</ul><p class="note">{count(s.postings)} postings of {count(s.journeys)} journeys. {s.reason && <a href={changed({ reason: s.reason })}>Show them</a>}</p></>
              ) }))} />}
          </Panel>
          <Postings about={about} then={then} of={of} />
          <Books />
        </>
      )}
    </>
  )
}

const postingsTitle = (p: PostingsAnswer, of: string) => (p.page.total === undefined ? readable(p.headline) : p.page.total === 0 ? 'No posting between these two moments.' : `${count(p.page.total)} postings of ${measure(of).label.toLowerCase()} lie behind it, the latest first.`)

/** AsOf moves the moment that is looked back to. */
function AsOf({ then, first }: { then: string; first: string }) {
  const start = max(first, add(today(), -365)), span = Math.max(1, length(start, today()) - 1)
  const [at, set] = useState<number | null>(null)
  const position = at ?? Math.max(0, length(start, then) - 1)
  return (
    <section class="panel" aria-label="What was known when">
      <div class="slider">
        <label for="then">What was known on <b>{day(add(start, position))}</b>, against {`what is known now`}</label>
        <input id="then" type="range" min={0} max={span} value={position} onInput={(e) => set(Number(e.currentTarget.value))} onChange={(e) => { set(null); change({ then: min(add(start, Number(e.currentTarget.value)), today()) }) }} aria-valuetext={day(add(start, position))} />
        <div class="slider-ends"><span>{day(start)}</span><span>today</span></div>
      </div>
    </section>
  )
}

function Postings({ about, then, of }: { about: Record<string, string | number | undefined | null>; then: string; of: string }) {
  const scope = useScope()
  const { params } = useAddress()
  const question = { ...about, from: then, to: scope.asOf, effective_from: scope.period.from, effective_to: scope.period.to, measure: of, reason: params.reason, limit: 25, cursor: params.cursor }
  const answer = useAnswer<PostingsAnswer>('/ledger/postings', question)
  const p = answer.data
  if (answer.error?.missing) return null
  return (
    <Panel title={p && postingsTitle(p, of)} loading={answer.loading} error={p ? undefined : answer.error} height={360} wide actions={<><Exports path="/ledger/postings" query={{ ...question, limit: 1000, cursor: undefined }} />{params.reason && <a href={changed({ reason: '' })}>All reasons</a>}</>}>
      {p && p.rows.length > 0 && <Plain label="Postings" long numbers={[3]} head={['Recorded', 'Effective', 'Why', 'Change', 'Channel', 'Journey', 'Books']} rows={p.rows.map((r) => [moment(r.recorded_at), day(r.effective_at.slice(0, 10)), reason(r.reason), <Fact of={factOf('posting', r.journey_id, r.posting_id)} what="this posting" exact={r.currency ? exactMoney(r.delta, r.currency) : r.delta}>{(Number(r.delta) > 0 ? '+' : '') + (r.currency ? money(r.delta, r.currency) : count(Math.round(Number(r.delta) * 100) / 100))}</Fact>, <ChannelName channel={r.channel} detail={r.campaign || undefined} />, <a href={changed({ journey: r.journey_id })} title={r.journey_id}>{journeyName(r.journey_id)}</a>, <span>{r.booked_month ? month(r.booked_month) : ''}{r.is_adjustment && <span class="badge doubt">adjustment</span>}</span>])} />}
      {p?.page.next_cursor && <p class="pages"><a href={changed({ cursor: p.page.next_cursor })}>Next</a></p>}
    </Panel>
  )
}

function Books() {
  const { me, query } = useScope()
  const answer = useAnswer<PeriodsAnswer>('/periods', { workspace: query.workspace }, false)
  const [failed, set] = useState('')
  const p = answer.data
  if (!p) return null
  const may = me?.can?.includes('close_periods')
  const last = add(today().slice(0, 8) + '01', -1).slice(0, 7)
  const act = (m: string, what: 'close' | 'reopen') => send('POST', url(`/periods/${m}/${what}`, { workspace: query.workspace }), {}).then(() => { forget('/periods'); set(''); answer.again() }, (e) => set(e instanceof Failure ? e.message : String(e)))
  return (
    <Panel title={p.headline || `The books are open from ${p.open_month} on.`} note="Later changes of a closed month are booked in the first open one and marked as adjustments." actions={may && !p.rows.some((r) => r.month === last && r.is_closed) ? <button class="button small" onClick={() => act(last, 'close')}>Close {month(last)}</button> : undefined}>
      {failed && <p class="note bad" role="alert">{failed}</p>}
      {p.rows.length > 0 && <Plain label="Months of the books" head={['Month', 'State', 'By', 'Since', '']} rows={p.rows.map((r) => [month(r.month), <span class={'badge ' + (r.is_closed ? 'good' : '')}>{r.is_closed ? 'closed' : 'open'}</span>, r.closed_by, r.closed_at ? moment(r.closed_at) : '', may && r.is_closed ? <button class="button small" onClick={() => act(r.month, 'reopen')}>Reopen</button> : ''])} />}
    </Panel>
  )
}
