// The funnel: how far people and opportunities of the period have come, and how long each step took.
import { useAnswer } from '../../lib/api'
import { change, useAddress } from '../../lib/address'
import { meet } from '../../lib/channels'
import { count, day, days, money, percent, range, within } from '../../lib/format'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { funnelQuestion, stepRule, stepWord, type FunnelAnswer, type Step } from '../../lib/funnel'
import { Choice, Exports } from '../../ui/Choice'
import { Fact, factOf } from '../../ui/Fact'
import { ChannelName } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { channelTitle, leakTitle } from '../../sentences/measurement'
import { Plain } from '../../ui/Table'

export function Funnel() {
  const scope = useScope()
  const { params } = useAddress()
  const question = funnelQuestion(scope.query, params)
  const answer = useAnswer<FunnelAnswer>('/funnel', question)
  const a = answer.data
  if (a) meet(a.by_channel.map((c) => c.channel))
  const people = a?.steps.filter((s) => s.unit === 'people') ?? [], deals = a?.steps.filter((s) => s.unit !== 'people') ?? []
  return (
    <>
      <Sentence answer={answer} scope={<>People with a touch and opportunities created {range(scope.period.from, scope.period.to)}, {scope.asOf ? `as known on ${day(scope.asOf)}` : 'followed to now'}{scope.before && ` · dashed: ${range(scope.before.from, scope.before.to)}`} · shared by the {modelLabel(scope.model)} model · {a?.currency ?? scope.currency}</>} missing={<p>Conversions, opportunities and customers per channel are in Channels.</p>} />
      {(a || !answer.error) && (
        <>
          <div class="toolbar">{a && a.pipelines.length > 1 && <Choice label="Pipeline" value={params.pipeline ?? ''} options={[['', 'All pipelines'], ...a.pipelines.map((p) => [p, p || 'without a name'] as [string, string])]} onChange={(v) => change({ pipeline: v })} />}<Exports path="/funnel" query={question} /></div>
          <Panel title={a && leakTitle(people, 'people')} loading={answer.loading} height={200}>{people.some((s) => s.reached > 0 || (s.previous ?? 0) > 0) && <Steps steps={people} />}</Panel>
          <Panel title={a && leakTitle(deals, 'opportunities')} loading={answer.loading} height={240} note="A skipped stage counts as passed. Time is from the step before.">{deals.some((s) => s.reached > 0 || (s.previous ?? 0) > 0) && <Steps steps={deals} />}</Panel>
          {(!a || a.by_channel.length > 0) && <Panel title={a && channelTitle(a)} loading={answer.loading} height={320} wide note="People belong to the channel of their first touch in the period, opportunities to channels by credit; the share is of the step before.">
            {a && <Plain label="The funnel by channel" numbers={a.steps.map((_, i) => i + 1)} head={['Channel', ...a.steps.map((s) => stepWord(s.step))]} chosen={a.by_channel.findIndex((c) => c.channel === scope.channel)} rows={a.by_channel.map((c) => [<ChannelName channel={c.channel} />, ...a.steps.map((s) => { const at = c.steps.find((x) => x.step === s.step && x.kind === s.kind); return at ? <span><Fact of={factOf('funnel', s.kind, s.step, c.channel)} what={`${stepWord(s.step)} of ${c.channel}`}>{count(at.reached)}</Fact>{at.from_previous !== null && <small> <Fact of={factOf('funnel-rate', s.kind, s.step, c.channel)} what={`share of the step before, ${c.channel}`}>{percent(at.from_previous)}</Fact></small>}</span> : '–' })])} />}
          </Panel>}
        </>
      )}
    </>
  )
}

function Steps({ steps }: { steps: Step[] }) {
  const most = Math.max(1, ...steps.map((s) => Math.max(s.reached, s.previous ?? 0)))
  return (
    <ol class="funnel">
      <li class="funnel-head" aria-hidden="true"><span>Step</span><span /><span class="number">Reached</span><span class="number">Of step before</span><span class="number">Median time</span></li>
      {steps.map((s) => (
        <li key={s.kind + s.step}>
          <span><b class="step-name">{stepWord(s.step)}</b>{s.amount && Number(s.amount) > 0 && <small> <Fact of={factOf('funnel-amount', s.kind, s.step)} what={`amounts that reached ${stepWord(s.step)}`}>{money(s.amount, s.currency, true)}</Fact></small>}</span>
          <svg width="100%" height="24" role="img" aria-label={`${stepWord(s.step)}: ${count(s.reached)}`}>
            <rect class={'funnel-bar ' + s.unit} height="16" y="4" rx="2" width={`${(100 * s.reached) / most}%`} />
            {s.previous !== undefined && <rect class="funnel-before" height="22" y="1" x="0" width={`${Math.max(0.1, (100 * s.previous) / most)}%`} />}
          </svg>
          <span class="number"><Fact of={factOf('funnel', s.kind, s.step)} what={stepRule(s).replace(/\.$/, '')}>{count(s.reached)}</Fact>{s.previous !== undefined && <small> was {count(s.previous)}</small>}</span>
          <span class="number">{s.from_previous === null ? <span class="nothing">–</span> : <Fact of={factOf('funnel-rate', s.kind, s.step)} what={`${stepWord(s.step)}, of the step before`}>{percent(s.from_previous)}</Fact>}{s.previous_from_previous !== null && s.previous_from_previous !== undefined && <small> was {percent(s.previous_from_previous)}</small>}</span>
          <span class={s.median_days === null && !s.open ? 'number time none' : 'number time'} title={s.p90_days !== null ? `nine tenths ${within(s.p90_days)}` : ''}>{s.median_days === null ? <span class="nothing">–</span> : <Fact of={factOf('funnel-time', s.kind, s.step)} what={`time to ${stepWord(s.step)} from the step before, the middle one`}>{days(s.median_days)}</Fact>}{s.open > 0 && <small> <Fact of={factOf('funnel-open', s.kind, s.step)} what={`open at ${stepWord(s.step)}`}>{count(s.open)}</Fact> open here</small>}</span>
        </li>
      ))}
    </ol>
  )
}
