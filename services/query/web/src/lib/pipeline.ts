// The pipeline's own health as the API answers it, with its layers in the reader's words.
import type { Query } from './api'
import type { Scoped } from './scope'

export interface Layer { layer: string; count: number; share_of_previous: number | null; missing: number | null; why: string }
export interface PipelineAnswer {
  headline: string; state: string; stages: { name: string; lag: number | null; freshness_seconds: number | null; rows: number | null; state: string }[]
  layers: Layer[]; checks: { name: string; facts: string; ledger: string; currency: string; ok: boolean }[]
  rejected: { code: string; field: string; source: string; reason: string; count: number; latest: string }[]
}

export const pipelineQuestion = (scope: Scoped): Query => ({ workspace: scope.query.workspace, from: scope.period.from, to: scope.period.to })

export const layerNames: Record<string, string> = {
  platform_clicks: 'Clicks the platforms charge for', paid_sessions: 'Paid visits seen', sessions: 'All visits seen', journeys: 'Journeys', crm: 'Deals in the CRM', ledger: 'Deals in the ledger',
}
export const lostNames: Record<string, string> = { paid_sessions: 'clicks that did not arrive', ledger: 'deals without credit' }

/** behind is the measure of the channel table that a layer's count belongs to. */
export const behind: Record<string, string> = { platform_clicks: 'clicks', paid_sessions: 'touchpoints', sessions: 'touchpoints', journeys: 'conversions', crm: 'opportunities', ledger: 'opportunities' }

const stageNames: Record<string, string> = {
  attributor: 'Attributor (computes credit)', sink: 'Sink (writes tables)', touchpoints: 'Touches', conversions: 'Conversions', credits: 'Credits', ledger: 'Ledger', cells: 'Daily figures', spend: 'Spend', rejected: 'Refused records',
}
export const stageName = (name: string) => stageNames[name] ?? name
/** stageRules say what each stage's rows are. */
export const stageRules: Record<string, string> = {
  attributor: 'Reads events and stages from Kafka and computes credit.', sink: 'Reads what the attributor wrote and writes it into ClickHouse.', touchpoints: 'Visits, forms and offline touches, each once.', conversions: 'Conversions, each once.',
  credits: 'Each touch’s present credit in each journey under each model.', ledger: 'Postings: every change of credit, never changed themselves.', cells: 'Credit and touches summed per day, channel and campaign: what tables are made of.', spend: 'Costs per day and campaign, as ad platforms and people report them.', rejected: 'Records that were refused, each with its reason.',
}
export const stageState: Record<string, [string, string]> = { ok: ['good', 'keeps up'], behind: ['bad', 'behind'], unknown: ['', 'not told here'], empty: ['', 'nothing yet'] }
