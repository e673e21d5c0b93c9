// One journey: its touches in time, the credit of each model as a stack, and the postings that made it, down to the event.
import { useState } from 'preact/hooks'
import { useAnswer } from '../../lib/api'
import { colour, meet } from '../../lib/channels'
import { count, exactCount, exactMoney, moment, money, percent } from '../../lib/format'
import { reason, type Explanation, type Posting } from '../../lib/journeys'
import { measure, modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { ChannelName } from '../../ui/Mark'
import { Skeleton } from '../../ui/Panel'
import { Trouble } from '../../ui/States'
import { Plain } from '../../ui/Table'
import { Timeline } from '../../charts/Timeline'

export function JourneyView({ id, narrow }: { id: string; narrow?: boolean }) {
  const { query, model } = useScope()
  const answer = useAnswer<Explanation>(`/journeys/${encodeURIComponent(id)}/explain`, { workspace: query.workspace, as_of: query.as_of })
  const j = answer.data
  if (!j) return answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={320} />
  meet(j.touches.map((t) => t.channel))
  return (
    <>
      {j.touches.length > 0 && <Timeline journey={j} />}
      <Stacks journey={j} />
      <section>
        <h3>{j.touches.length} touches that hold credit</h3>
        <ol class="events">{j.touches.map((t) => <li key={t.touchpoint_id}><ChannelName channel={t.channel} detail={[t.campaign, t.kind, t.landing_page].filter(Boolean).join(' · ')} /><span class="quiet">{moment(t.occurred_at)}</span></li>)}</ol>
      </section>
      <Postings all={j.postings} model={model} narrow={narrow} />
    </>
  )
}

function Stacks({ journey }: { journey: Explanation }) {
  const order = ['revenue', 'pipeline', 'conversion_value', 'opportunities', 'conversions', 'customers']
  const of = order.find((m) => journey.sums.some((s) => s.measure === m && Number(s.amount) !== 0)) ?? 'conversions'
  const sum = journey.sums.find((s) => s.measure === of)
  const models = [...new Set(journey.credits.filter((c) => c.measure === of).map((c) => c.model))]
  return (
    <section>
      <h3>{measure(of).label} {sum && (sum.currency ? exactMoney(sum.amount, sum.currency) : count(Number(sum.amount)))}: who gets it under each model</h3>
      <ul class="stacks">
        {models.map((model) => {
          let x = 0
          return (
            <li key={model}><span>{modelLabel(model)}</span>
              <svg width="100%" height="20" role="img" aria-label={journey.credits.filter((c) => c.model === model && c.measure === of).map((c) => `${c.channel} ${percent(c.weight)}`).join(', ')}>
                {journey.touches.map((t) => journey.credits.find((c) => c.model === model && c.measure === of && c.touchpoint_id === t.touchpoint_id)).map((c) => {
                  if (!c || c.weight <= 0) return null
                  const from = x
                  x += c.weight
                  return <rect key={c.touchpoint_id} x={`${100 * from}%`} width={`${100 * c.weight}%`} height="20" style={{ fill: colour(c.channel) }} class="segment"><title>{c.channel} {percent(c.weight)}: {c.currency ? exactMoney(c.amount, c.currency) : c.amount}{c.positions.length ? ` (${c.positions.join(', ')})` : ''}</title></rect>
                })}
              </svg>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** first is how many postings are shown before somebody asks for more. */
const first = 12

function Postings({ all, model, narrow }: { all: Posting[]; model: string; narrow?: boolean }) {
  const own = all.filter((p) => p.model === model)
  const [all_, showAll] = useState(false)
  const shown = all_ ? own : own.slice(-first)
  return (
    <section>
      <h3>{own.length} postings under {modelLabel(model)}: what moved its credit, and the event that did{shown.length < own.length && <> <button class="link" onClick={() => showAll(true)}>show all, not only the last {first}</button></>}</h3>
      <Plain label="Postings" numbers={[2]} head={['Recorded', 'Why', 'Change', narrow ? 'Channel' : 'Channel, touch', 'Cause']} rows={shown.map((p) => [moment(p.recorded_at), reason(p.reason), <span title={p.currency ? exactMoney(p.delta, p.currency) : p.delta}>{p.currency ? money(p.delta, p.currency) : `${exactCount(Math.round(Number(p.delta) * 1000) / 1000)} ${p.measure}`}</span>, <ChannelName channel={p.channel} />, <code title={p.cause_event_id}>{p.cause_event_id.slice(0, 14)}…</code>])} />
    </section>
  )
}
