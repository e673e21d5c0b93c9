// The models side by side: where they agree one may decide, where they do not one should test.
import { useAnswer } from '../../lib/api'
import { changed, useAddress, change } from '../../lib/address'
import { meet, unattributed } from '../../lib/channels'
import { day, range } from '../../lib/format'
import { measure, modelLabel, modelRules } from '../../lib/measures'
import { agreeTitle, versionTitle, widestTitle, type Version } from '../../sentences/measurement'
import { useScope } from '../../lib/scope'
import type { Compare } from '../../lib/types'
import { Spread } from '../../charts/Spread'
import { Choice, Exports } from '../../ui/Choice'
import { Figure } from '../../ui/Figure'
import { ChannelName } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { Plain } from '../../ui/Table'

const shown: [string, string][] = [['value', 'Return'], ['roas', 'Return for 1'], ['customers', 'Customers'], ['pipeline', 'Pipeline'], ['conversions', 'Conversions']]

export function Models() {
  const scope = useScope()
  const { params } = useAddress()
  const question = { workspace: scope.query.workspace, from: scope.period.from, to: scope.period.to, basis: scope.query.basis, currency: scope.query.currency, as_of: scope.query.as_of, channel: scope.channel, limit: 50 }
  const answer = useAnswer<Compare>('/compare', question)
  const versions = useAnswer<Version[] | { models?: Version[]; rows?: Version[] }>('/models', { workspace: scope.query.workspace }, false)
  const c = answer.data
  const m = measure(params.measure ?? 'value')
  if (c) meet(c.rows.map((r) => r.channel))
  const rows = c?.rows.filter((r) => r.channel !== unattributed) ?? []
  const paid = rows.filter((r) => r.models.some((x) => x.roas !== null))
  const list = Array.isArray(versions.data) ? versions.data : (versions.data?.models ?? versions.data?.rows ?? [])
  return (
    <>
      <Sentence answer={answer} scope={<>{c ? c.models.length : 'All'} models · counted on the date of the {scope.basis} · {range(scope.period.from, scope.period.to)} · {c?.currency ?? scope.currency} · {scope.asOf ? `as known on ${day(scope.asOf)}` : 'as known now'}</>} missing={<p>There is nothing to compare.</p>} />
      <Panel title={c && agreeTitle(paid)} loading={answer.loading} error={c ? undefined : answer.error} height={320} note={`Each dot is a model’s return for 1 spent; the filled one is ${modelLabel(scope.model)}, the band reaches from the least to the most.`} actions={<Exports path="/compare" query={question} />}>
        {c && <Spread chosen={scope.model} rows={paid.map((r) => ({ channel: r.channel, values: r.models.map((x) => ({ model: x.model, value: x.roas })) }))} />}
      </Panel>
      <Panel title={c && widestTitle(m, rows, c.currency)} loading={answer.loading} height={400} wide note={`${modelLabel(scope.model)}, marked, is the model shown elsewhere; a model’s name makes it the one.${scope.basis === 'touch' ? ' Totals differ where models credit touches of other days; counted on the date of the close all are equal.' : ''}`}>
        <div class="toolbar"><Choice label="Measure" value={m.key} options={shown} onChange={(v) => change({ measure: v === 'value' ? '' : v })} /></div>
        {c && <Plain label={`${m.label} under each model`} numbers={c.models.map((_, i) => i + 1)} head={['Channel', ...c.models.map((x) => <a href={changed({ model: x === scope.bounds.answer.model ? '' : x })} title={modelRules[x]} aria-current={x === scope.model ? 'true' : undefined}>{modelLabel(x)}</a>)]}
          rows={[...c.rows.map((r) => [<ChannelName channel={r.channel} />, ...r.models.map((x) => <span class={x.model === scope.model ? 'chosen' : ''}><Figure m={m} of={x} currency={c.currency} subject={{ channel: r.channel }} model={x.model} /></span>)]), ['All', ...c.totals.map((x) => <b><Figure m={m} of={x} currency={c.currency} model={x.model} /></b>)]]} />}
      </Panel>
      {list.length > 0 && <Panel title={versionTitle(list)} wide><Plain label="Versions of the models" long head={['Model', 'Version', 'Status', 'Rule']} rows={list.map((v) => [modelLabel(v.name), <code>{v.version}</code>, <span class={'badge ' + (v.status === 'live' ? 'good' : v.status === 'shadow' ? 'doubt' : '')}>{v.status}{v.progress !== undefined && v.progress < 1 ? ` ${Math.round(v.progress * 100)}%` : ''}</span>, <span class="note">{modelRules[v.rule ?? v.name] ?? v.rule ?? ''}</span>])} /></Panel>}
    </>
  )
}
