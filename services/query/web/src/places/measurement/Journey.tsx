// One journey: its touches in time, the credit of each model as a stack, and the postings that made it, down to the event.
import { useState } from 'preact/hooks'
import { useAnswer } from '../../lib/api'
import { meet } from '../../lib/channels'
import { count, exactCount, exactMoney, moment, money, percent } from '../../lib/format'
import { mainMeasure, reason, type Explanation, type Posting } from '../../lib/journeys'
import { measure, modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { Fact, factOf } from '../../ui/Fact'
import { ChannelName } from '../../ui/Mark'
import { Skeleton } from '../../ui/Panel'
import { Trouble } from '../../ui/States'
import { Plain } from '../../ui/Table'
import { Timeline } from '../../charts/Timeline'
import { Stacks } from './Stacks'

export function JourneyView({ id, narrow }: { id: string; narrow?: boolean }) {
  const { query, model } = useScope()
  const answer = useAnswer<Explanation>(`/journeys/${encodeURIComponent(id)}/explain`, { workspace: query.workspace, as_of: query.as_of })
  const j = answer.data
  if (!j) return answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={narrow ? 320 : 700} />
  meet(j.touches.map((t) => t.channel))
  return (
    <>
      {j.touches.length > 0 && <Timeline journey={j} />}
      <Stacks journey={j} model={model} />
      <section>
        <h3>{j.touches.length === 1 ? 'One touch holds' : `${j.touches.length} touches hold`} credit</h3>
        <ol class="events">{j.touches.map((t) => <li key={t.touchpoint_id}><ChannelName channel={t.channel} detail={[t.campaign, t.kind, t.landing_page].filter(Boolean).join(' · ')} /><Share journey={j} touch={t.touchpoint_id} model={model} /><span class="quiet">{moment(t.occurred_at)}</span></li>)}</ol>
      </section>
      <Postings id={id} all={j.postings} model={model} of={mainMeasure(j)} narrow={narrow} />
    </>
  )
}

/** Share is what a touch gets under the page's model, and opens the rule and the postings that gave it. */
function Share({ journey, touch, model }: { journey: Explanation; touch: string; model: string }) {
  const of = mainMeasure(journey)
  const c = journey.credits.find((x) => x.model === model && x.measure === of && x.touchpoint_id === touch)
  return c && c.weight > 0 ? <Fact of={factOf('credit', journey.journey_id, model, of, touch)} what={`what ${c.channel} gets by ${modelLabel(model)}`}>{percent(c.weight)}</Fact> : <span class="nothing" title={`nothing by ${modelLabel(model)}`}>–</span>
}

/** first is how many postings are shown before somebody asks for more. */
const first = 12

function Postings({ id, all, model, of, narrow }: { id: string; all: Posting[]; model: string; of: string; narrow?: boolean }) {
  const own = all.filter((p) => p.model === model)
  const main = own.filter((p) => p.measure === of)
  const [wide, widen] = useState(false)
  const shown = wide ? own : main.slice(-first)
  const more = own.length - shown.length
  return (
    <section>
      <h3>{count(main.length)} postings of {measure(of).label.toLowerCase()} under {modelLabel(model)}: what moved it, and the event that did{more > 0 && <> <button class="link" onClick={() => widen(true)}>show all {count(own.length)}, of every measure</button></>}</h3>
      <Plain label="Postings" long numbers={[2]} head={['Recorded', 'Why', 'Change', narrow ? 'Channel' : 'Channel, campaign', 'Cause']} rows={shown.map((p) => [moment(p.recorded_at), reason(p.reason), <Fact of={factOf('posting', id, p.posting_id)} what="this posting" exact={p.currency ? exactMoney(p.delta, p.currency) : p.delta}>{p.currency ? signed(p.delta, money(p.delta, p.currency)) : `${signed(p.delta, exactCount(Math.round(Number(p.delta) * 1000) / 1000))} ${measure(p.measure).label.toLowerCase()}`}</Fact>, <ChannelName channel={p.channel} detail={narrow ? undefined : p.campaign || undefined} />, <code title={p.cause_event_id}>{p.cause_event_id.slice(0, 14)}{p.cause_event_id.length > 14 ? '…' : ''}</code>])} />
    </section>
  )
}

const signed = (delta: string, text: string) => (Number(delta) > 0 ? `+${text}` : text)
