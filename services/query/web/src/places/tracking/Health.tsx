// The pipeline's own health: what gets lost from layer to layer, whether the ledger equals the facts, how far each stage is behind, what was refused.
import { changed } from '../../lib/address'
import { useAnswer } from '../../lib/api'
import { age, count, exactCount, exactMoney, moment } from '../../lib/format'
import { ageSeconds, useFresh } from '../../lib/live'
import { pipelineQuestion, stageName, stageState, type PipelineAnswer } from '../../lib/pipeline'
import { useScope } from '../../lib/scope'
import { readable, sentenceCase } from '../../lib/words'
import { Layers } from '../../charts/Layers'
import { Panel } from '../../ui/Panel'
import { Plain } from '../../ui/Table'

export function Health() {
  const scope = useScope()
  const fresh = useFresh()
  const answer = useAnswer<PipelineAnswer>('/pipeline', pipelineQuestion(scope))
  const p = answer.data
  const seconds = ageSeconds(fresh)
  if (!p && (answer.loading || !answer.error?.missing)) return <Panel loading={answer.loading} error={answer.error} again={answer.again} height={320} />
  if (!p) {
    return (
      <Panel title={seconds === null ? 'No event has come through yet.' : seconds > 600 ? `The latest event is ${age(seconds).replace(' ago', '')} old: is the collector still receiving?` : `Events come through: the latest is ${age(seconds).replace(' ago', '')} old.`} note={fresh.connected ? 'Told live by the service.' : 'Told with each answer; live updates are not connected.'}>
        <p class="note">Each service answers <code>/healthz</code>, <code>/readyz</code> and <code>/metrics</code>; <code>tributary verify</code> computes everything again from the events and compares.</p>
      </Panel>
    )
  }
  const stopped = p.stages.filter((s) => s.state === 'behind')
  return (
    <>
      <Panel title={readable(p.headline)} note="From what ad platforms charge for to what the ledger holds. A layer in grey follows from the one above it; hatched is what is missing.">
        <Layers layers={p.layers} />
      </Panel>
      {p.checks.length > 0 && (
        <Panel title={checksTitle(p)} note="Facts: the conversions and opportunities themselves. Ledger: all credit posted for them, the unattributed included. They are equal at every moment at which nothing is under way.">
          <Plain label="The ledger against the facts" numbers={[1, 2]} head={['Sum', 'Facts', 'Ledger', 'State']} rows={p.checks.map((c) => [sentenceCase(c.name.replace(` ${c.currency}`, '')) + (c.currency ? `, ${c.currency}` : ''), amount(c.facts, c.currency), <a class="figure" href={changed({ explain: c.name.split(' ')[0]! })}>{amount(c.ledger, c.currency)}</a>, <span class={'badge ' + (c.ok ? 'good' : 'bad')}>{c.ok ? 'equal' : 'differs'}</span>])} />
        </Panel>
      )}
      <Panel title={stopped.length ? `${stopped.map((s) => stageName(s.name)).join(', ')} ${stopped.length === 1 ? 'is' : 'are'} behind.` : `Nothing is known to be behind; ${p.stages.filter((s) => s.state === 'ok').length} of ${p.stages.length} stages tell that they keep up.`} note="Each service says the same at /metrics. “Not told here”: this service does not see it; look at its own metrics.">
        <Plain label="Stages of the pipeline" numbers={[1, 2, 3]} head={['Stage', 'Records waiting', 'Rows', 'Latest', 'State']} rows={p.stages.map((s) => [stageName(s.name), s.lag === null ? '–' : count(s.lag), s.rows === null ? '–' : count(s.rows), s.freshness_seconds === null ? '–' : age(s.freshness_seconds), <span class={'badge ' + (stageState[s.state]?.[0] ?? '')}>{stageState[s.state]?.[1] ?? s.state}</span>])} />
      </Panel>
      <Panel title={p.rejected.length ? `${count(p.rejected.reduce((s, r) => s + r.count, 0))} records were refused, most for ${p.rejected[0]!.reason || p.rejected[0]!.code}; each is kept with its reason.` : 'No record was refused in this period.'} note={p.rejected.length ? undefined : 'What the collector cannot take is kept with its reason and listed here, with the field to mend.'}>
        {p.rejected.length > 0 && <Plain label="Refused records" numbers={[3]} head={['Reason', 'Field', 'Source', 'Records', 'Latest']} rows={p.rejected.map((r) => [<span title={r.code}>{r.reason || r.code}</span>, <code>{r.field}</code>, r.source, count(r.count), moment(r.latest)])} />}
      </Panel>
    </>
  )
}

const amount = (v: string, currency: string) => (currency ? exactMoney(v, currency) : exactCount(Number(v)))

function checksTitle(p: PipelineAnswer): string {
  const wrong = p.checks.filter((c) => !c.ok)
  if (!wrong.length) return `The ledger equals the facts in all ${p.checks.length} sums, to the minor unit.`
  return `${wrong.length} of ${p.checks.length} sums of the ledger differ from the facts: it is catching up, or tributary verify finds what is wrong.`
}
