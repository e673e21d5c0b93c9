// A step of the funnel explained: the rule, what it is made of by channel, and the journeys behind it.
import { useAnswer } from '../../lib/api'
import { changed, useAddress } from '../../lib/address'
import { meet } from '../../lib/channels'
import { count, day, days, exactMoney, percent, range, within } from '../../lib/format'
import { funnelQuestion, stepRule, stepWord, type FunnelAnswer } from '../../lib/funnel'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Bars } from './Bars'
import { JourneysOf } from './JourneysOf'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

export function FunnelFact({ aspect, parts: [kind = '', step = '', channel = ''], close }: OfFact) {
  const scope = useScope()
  const { params } = useAddress()
  const answer = useAnswer<FunnelAnswer>('/funnel', funnelQuestion(scope.query, params))
  const a = answer.data
  const at = (steps: { step: string; kind: string }[]) => steps.findIndex((s) => s.step === step && s.kind === kind)
  const i = a ? at(a.steps) : -1
  const s = a?.steps[i], before = a?.steps[i - 1]
  if (a) meet(a.by_channel.map((c) => c.channel))
  const own = a?.by_channel.find((c) => c.channel === channel)?.steps.find((x) => x.step === step && x.kind === kind)
  const ownBefore = before && a?.by_channel.find((c) => c.channel === channel)?.steps.find((x) => x.step === before.step && x.kind === before.kind)
  const bars = a?.by_channel.map((c) => ({ channel: c.channel, value: c.steps.find((x) => x.step === step && x.kind === kind)?.reached ?? 0 })).filter((b) => b.value > 0) ?? []
  const state = step.toLowerCase() === 'won' ? 'won' : s?.unit === 'people' ? 'converted' : ''
  return (
    <>
      <DrawerHead close={close} title={<>{stepWord(step)}{channel && ` of ${channel}`}</>} crumbs={<>Funnel<span aria-hidden="true">›</span><span>{stepWord(step)}</span></>} />
      <div class="drawer-body">
        {!a && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={200} />)}
        {a && !s && <p>This step is not in the funnel of these filters.</p>}
        {a && s && (
          <>
            <section>
              <div class="amount">{aspect === 'rate' ? <>{percent(own ? own.from_previous : s.from_previous)} <small>of the step before</small></> : aspect === 'time' ? <>{days(s.median_days)} <small>since the step before, the middle one</small></> : aspect === 'amount' ? <>{exactMoney(s.amount, s.currency)} <small>together</small></> : aspect === 'open' ? <>{count(s.open)} <small>open at this step</small></> : <>{count(own ? own.reached : s.reached)} <small>{s.unit}</small></>}</div>
              {aspect !== 'funnel' && <p>{count(own ? own.reached : s.reached)} {s.unit} reached it{channel && ` of ${channel}`}{ownBefore && `, ${count(ownBefore.reached)} the step before`}.</p>}
              {s.from_previous !== null && before && !own && <p>{percent(s.from_previous)} of {count(before.reached)} at the step before ({stepWord(before.step)}){s.previous_from_previous !== null && s.previous_from_previous !== undefined && `, where the period before had ${percent(s.previous_from_previous)}`}.</p>}
              {own && own.from_previous !== null && <p>{percent(own.from_previous)} of the step before.</p>}
              {s.median_days !== null && <p class="note">Half came {within(s.median_days)} of the step before{s.p90_days !== null && `, nine tenths ${within(s.p90_days)}`}. {s.open > 0 && `${count(s.open)} are open at this step. `}{s.lost > 0 && `${count(s.lost)} were lost from it.`}</p>}
              {s.amount && Number(s.amount) > 0 && <p class="note">Amounts together: {exactMoney(s.amount, s.currency)}.</p>}
            </section>
            <section><h3>The rule</h3><p>{stepRule(s)} {range(scope.period.from, scope.period.to)}, {scope.asOf ? `as known on ${day(scope.asOf)}` : 'followed to now'}.</p><p class="note">{s.unit === 'people' ? 'A person belongs to the channel of the first touch in the period.' : `An opportunity is shared among channels by the ${modelLabel(scope.model)} model.`}</p></section>
            <Bars title={`Made of ${count(bars.length)} channels`} rows={bars} total={s.reached} chosen={channel} />
            {state !== 'converted' ? <JourneysOf title="The opportunities of the period, the latest first" state={state} kind="opportunity" channel={channel} /> : step.toLowerCase() === 'converted' ? <JourneysOf title="The conversions of the period, the latest first" state="converted" kind="conversion" channel={channel} /> : <p class="note">Visitors have no journey of their own before they convert. What they did is counted as <a href={changed({ explain: channel ? `touchpoints~${encodeURIComponent(channel)}` : 'touchpoints' })}>touches</a>.</p>}
          </>
        )}
      </div>
    </>
  )
}
