// The pipeline's own health: how far each stage is behind, what gets lost from layer to layer, what was refused.
import { useAnswer } from '../../lib/api'
import { age, count, moment, percent } from '../../lib/format'
import { ageSeconds, useFresh } from '../../lib/live'
import { useScope } from '../../lib/scope'
import { Panel } from '../../ui/Panel'
import { Plain } from '../../ui/Table'

interface PipelineAnswer {
  headline: string; stages?: { name: string; lag?: number | null; freshness_seconds?: number | null; state: string }[]
  layers?: { layer: string; count: number; share_of_previous?: number | null; missing?: number | null; why?: string }[]
  rejected?: { code: string; field: string; source: string; count: number; latest: string }[]
}

const names: Record<string, string> = { platform_clicks: 'Clicks of the ad platforms', sessions: 'Sessions seen', journeys: 'Journeys', crm: 'Deals in the CRM', ledger: 'Deals in the ledger' }

export function Health() {
  const { query } = useScope()
  const fresh = useFresh()
  const answer = useAnswer<PipelineAnswer>('/pipeline', { workspace: query.workspace, from: query.from, to: query.to })
  const p = answer.data
  const seconds = ageSeconds(fresh)
  if (!p) {
    if (answer.loading) return null
    return (
      <Panel title={seconds === null ? 'No event has come through yet.' : seconds > 600 ? `The latest event is ${age(seconds).replace(' ago', '')} old: is the collector still receiving?` : `Events come through: the latest is ${age(seconds).replace(' ago', '')} old.`} note={fresh.connected ? 'Told live by the service.' : 'Told with each answer; live updates are not connected.'}>
        <p class="note">Each service answers <code>/healthz</code>, <code>/readyz</code> and <code>/metrics</code>; <code>tributary verify</code> computes everything again from the events and compares.</p>
      </Panel>
    )
  }
  const most = Math.max(1, ...(p.layers ?? []).map((l) => l.count))
  return (
    <>
      {p.layers && p.layers.length > 0 && (
        <Panel title={p.headline}>
          <ol class="funnel">{p.layers.map((l) => <li key={l.layer}><span>{names[l.layer] ?? l.layer}</span><svg width="100%" height="24" aria-hidden="true"><rect class="funnel-bar people" height="16" y="4" rx="2" width={`${(100 * l.count) / most}%`} /></svg><span class="number">{count(l.count)}</span><span class="number">{l.share_of_previous !== null && l.share_of_previous !== undefined ? percent(l.share_of_previous) : '–'}</span><small>{l.why}</small></li>)}</ol>
        </Panel>
      )}
      {p.stages && p.stages.length > 0 && <Panel title={(p.layers?.length ? '' : p.headline) || `${p.stages.filter((s) => s.state === 'ok').length} of ${p.stages.length} stages keep up.`}><Plain label="Stages of the pipeline" numbers={[1, 2]} head={['Stage', 'Records behind', 'Latest', 'State']} rows={p.stages.map((s) => [s.name, s.lag === null || s.lag === undefined ? '–' : count(s.lag), s.freshness_seconds === null || s.freshness_seconds === undefined ? '–' : age(s.freshness_seconds), <span class={'badge ' + (s.state === 'ok' ? 'good' : 'doubt')}>{s.state}</span>])} /></Panel>}
      {p.rejected && <Panel title={p.rejected.length ? `${count(p.rejected.reduce((s, r) => s + r.count, 0))} events were refused, most for ${p.rejected[0]!.code}; each is kept with its reason.` : 'No event was refused.'}>{p.rejected.length > 0 && <Plain label="Refused events" numbers={[3]} head={['Reason', 'Field', 'Source', 'Events', 'Latest']} rows={p.rejected.map((r) => [<code>{r.code}</code>, <code>{r.field}</code>, r.source, count(r.count), moment(r.latest)])} />}</Panel>}
    </>
  )
}
