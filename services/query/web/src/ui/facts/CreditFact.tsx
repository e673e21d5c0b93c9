// The last step down: one touch's credit of a journey under a model, and one posting with the event that caused it.
import { useAnswer } from '../../lib/api'
import { change, changed } from '../../lib/address'
import { day, exactCount, exactMoney, moment, percent } from '../../lib/format'
import { reason, type Explanation } from '../../lib/journeys'
import { measure, modelLabel, modelRules } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { plainWord } from '../../lib/words'
import { DrawerHead } from '../DrawerHead'
import { factOf } from '../Fact'
import type { OfFact } from '../Fact'
import { ChannelName } from '../Mark'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

const useJourney = (id: string) => { const { query } = useScope(); return useAnswer<Explanation>(`/journeys/${encodeURIComponent(id)}/explain`, { workspace: query.workspace, as_of: query.as_of }) }

const back = (journey: string) => <><a href={changed({ explain: '', journey })}>Journey {journey}</a><span aria-hidden="true">›</span></>

const amount = (v: string, currency: string, of: string) => (currency ? exactMoney(v, currency) : `${exactCount(Number(v))} ${measure(of).label.toLowerCase()}`)

export function CreditFact({ parts: [journey = '', model = '', of = '', touch = ''], close }: OfFact) {
  const answer = useJourney(journey)
  const j = answer.data
  const c = j?.credits.find((x) => x.model === model && x.measure === of && x.touchpoint_id === touch)
  const t = j?.touches.find((x) => x.touchpoint_id === touch)
  const postings = j?.postings.filter((p) => p.model === model && p.measure === of && p.touchpoint_id === touch) ?? []
  return (
    <>
      <DrawerHead close={close} title={c ? `What ${c.channel} gets by ${modelLabel(model)}` : 'Credit of a touch'} crumbs={<>{back(journey)}<span>credit</span></>} />
      <div class="drawer-body">
        {!j && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {j && !c && <p>This touch has no credit under this model.</p>}
        {c && (
          <>
            <section><div class="amount">{percent(c.weight)}</div><p>{amount(c.amount, c.currency, of)} of the {measure(of).label.toLowerCase()}{c.positions.length > 0 && `, as ${c.positions.map(plainWord).join(' and ')}`}.</p>{t && <p class="note">{[t.kind, t.campaign, t.landing_page].filter(Boolean).join(' · ')}, {moment(t.occurred_at)}</p>}</section>
            <section><h3>The rule</h3><p><b>{modelLabel(model)}.</b> {modelRules[model] ?? 'A model of your own configuration.'}</p></section>
            <section><h3>Its postings add up to it</h3><ul class="parts two">{postings.map((p) => <li key={p.posting_id}><button class="open" onClick={() => change({ explain: factOf('posting', journey, p.posting_id) })}><span class="channel-name">{reason(p.reason)}<small>{moment(p.recorded_at)}</small></span></button><span>{amount(p.delta, p.currency, of)}</span></li>)}</ul></section>
          </>
        )}
      </div>
    </>
  )
}

export function PostingFact({ parts: [journey = '', id = ''], close }: OfFact) {
  const answer = useJourney(journey)
  const j = answer.data
  const p = j?.postings.find((x) => x.posting_id === id)
  const t = j?.touches.find((x) => x.touchpoint_id === p?.touchpoint_id)
  return (
    <>
      <DrawerHead close={close} title="One posting of the ledger" crumbs={<>{back(journey)}<span>posting</span></>} />
      <div class="drawer-body">
        {!j && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {j && !p && <p>The journey has no such posting as known at this moment.</p>}
        {p && (
          <>
            <section><div class="amount">{Number(p.delta) > 0 && '+'}{amount(p.delta, p.currency, p.measure)}</div><p>{measure(p.measure).label} under {modelLabel(p.model)}, because {reason(p.reason)}.</p></section>
            <dl class="facts">
              <div><dt>Channel</dt><dd><ChannelName channel={p.channel} detail={p.campaign || undefined} /></dd></div>
              <div><dt>Recorded</dt><dd>{moment(p.recorded_at)}</dd></div>
              <div><dt>Counts on</dt><dd>{day(p.effective_at.slice(0, 10))}</dd></div>
              <div><dt>Share</dt><dd>{percent(p.delta_weight, true)}</dd></div>
              {t && <div><dt>Touch</dt><dd>{[t.kind, t.landing_page, moment(t.occurred_at)].filter(Boolean).join(' · ')}</dd></div>}
              <div><dt>Caused by event</dt><dd><code>{p.cause_event_id}</code></dd></div>
              <div><dt>Posting</dt><dd><code>{p.posting_id}</code></dd></div>
            </dl>
            <p class="note">A posting is never changed: what is found out later is a posting of its own.</p>
          </>
        )}
      </div>
    </>
  )
}
