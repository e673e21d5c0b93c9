// The pipeline's own health: what gets lost from layer to layer, whether the ledger equals the facts, how far each stage is behind, what was refused.
import { useAnswer } from '../../lib/api'
import { age, count, exactCount, exactMoney, moment } from '../../lib/format'
import { ageSeconds, useFresh } from '../../lib/live'
import { pipelineQuestion, stageName, stageState, type PipelineAnswer } from '../../lib/pipeline'
import { useScope } from '../../lib/scope'
import { readable, sentenceCase } from '../../lib/words'
import { Layers } from '../../charts/Layers'
import { Panel } from '../../ui/Panel'
import { checksTitle, rejectedTitle, stagesTitle } from '../../sentences/tracking'
import { Fact, factOf } from '../../ui/Fact'
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
  const rejected = (
    <Panel title={rejectedTitle(p)} note={p.rejected.length ? undefined : 'What the collector cannot take is kept with its reason and listed here, with the field to mend.'}>
      {p.rejected.length > 0 && <Plain label="Refused records" numbers={[3]} head={['Reason', 'Field', 'Source', 'Records', 'Latest']} rows={p.rejected.map((r) => [<span title={r.code}>{r.reason || r.code}</span>, <code>{r.field}</code>, r.source, <Fact of={factOf('rejected', r.code, r.field, r.source)} what={r.reason || r.code}>{count(r.count)}</Fact>, moment(r.latest)])} />}
    </Panel>
  )
  return (
    <>
      <Panel title={readable(p.headline)} note="From what ad platforms charge for to what the ledger holds. A layer in grey follows from the one above it; hatched is what is missing.">
        <Layers layers={p.layers} />
      </Panel>
      <div class="pair">
        <div class="column">
          {p.checks.length > 0 && (
            <Panel title={checksTitle(p)} note="Facts: the conversions and opportunities themselves. Ledger: all credit posted for them, the unattributed included. They are equal at every moment at which nothing is under way.">
              <Plain label="The ledger against the facts" numbers={[1, 2]} head={['Sum', 'Facts', 'Ledger', 'State']} rows={p.checks.map((c) => [sentenceCase(c.name.replace(` ${c.currency}`, '')) + (c.currency ? `, ${c.currency}` : ''), <Fact of={factOf('check-facts', c.name)} what={`${c.name} in the facts`}>{amount(c.facts, c.currency)}</Fact>, <Fact of={factOf('check-ledger', c.name)} what={`${c.name} in the ledger`}>{amount(c.ledger, c.currency)}</Fact>, <span class={'badge ' + (c.ok ? 'good' : 'bad')}>{c.ok ? 'equal' : 'differs'}</span>])} />
            </Panel>
          )}
          {!p.rejected.length && rejected}
        </div>
        <Panel title={stagesTitle(p)} note="Each service says the same at /metrics. “Not told here”: this service does not see it; look at its own metrics.">
          <Plain label="Stages of the pipeline" long numbers={[1, 2, 3]} head={['Stage', 'Records waiting', 'Rows', 'Latest', 'State']} rows={p.stages.map((s) => [stageName(s.name), s.lag === null ? '–' : <Fact of={factOf('stage-lag', s.name)} what={`records that wait for ${stageName(s.name)}`}>{count(s.lag)}</Fact>, s.rows === null ? '–' : <Fact of={factOf('stage-rows', s.name)} what={`rows of ${stageName(s.name)}`}>{count(s.rows)}</Fact>, s.freshness_seconds === null ? '–' : <Fact of={factOf('stage-age', s.name)} what={`the latest of ${stageName(s.name)}`}>{age(s.freshness_seconds)}</Fact>, <span class={'badge ' + (stageState[s.state]?.[0] ?? '')}>{stageState[s.state]?.[1] ?? s.state}</span>])} />
        </Panel>
      </div>
      {p.rejected.length > 0 && rejected}
    </>
  )
}

const amount = (v: string, currency: string) => (currency ? exactMoney(v, currency) : exactCount(Number(v)))
