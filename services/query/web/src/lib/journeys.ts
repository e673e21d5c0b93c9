// Journeys as the API lists and explains them.
import type { Freshness, Page, Warning } from './types'

export interface JourneyRow {
  journey_id: string; kind: 'conversion' | 'opportunity'; conversion_type: string; state: string; opened_on: string; closed_on: string; account_id: string; person_id: string
  stage: string; amount: string | null; currency: string; touches: number; channels: string[]; days?: number | null; recorded_at: string
}
export interface JourneyList { headline: string; model: string; rows: JourneyRow[]; page: Page; freshness?: Freshness; warnings?: Warning[] }

export interface Touch { touchpoint_id: string; occurred_at: string; kind: string; channel: string; source: string; medium: string; campaign: string; content: string; landing_page: string; referrer_host: string; evidence: string; rules_version: string; person_id: string; event_id: string }
export interface Credit { model: string; model_version: string; measure: string; touchpoint_id: string; positions: string[]; channel: string; campaign: string; weight: number; amount: string; currency: string }
export interface Posting { posting_id: string; model: string; measure: string; touchpoint_id: string; channel: string; campaign: string; delta_weight: number; delta: string; currency: string; reason: string; cause_event_id: string; effective_at: string; recorded_at: string }
export interface Stage { stage: string; source_stage: string; entered_at: string; left_at: string | null; amount: string; currency: string }
export interface Milestone { model: string; position: string; touchpoint_id: string; occurred_at: string | null; channel: string; weight: number }

export interface Explanation {
  journey_id: string; kind: string; conversion_type: string; opened_on: string; closed_on: string; person_id: string; account_id: string
  credits: Credit[]; sums: { model: string; measure: string; amount: string; currency: string }[]; touches: Touch[]; postings: Posting[]; complete: boolean; ledger_agrees: boolean | null; stages?: Stage[]; milestones?: Milestone[]
}

export const reasons: Record<string, string> = {
  conversion: 'converted', opened: 'opportunity opened', touch: 'a touch came', late_touch: 'a touch arrived late', stage: 'stage changed', amount: 'amount changed', won: 'won', lost: 'lost', reopened: 'reopened',
  identity: 'somebody was recognised', erasure: 'erased', rules: 'channel rules changed', model: 'model changed', deleted: 'deleted in the CRM', merged: 'merged in the CRM', expired: 'look-back ended',
}
export const reason = (word: string) => reasons[word] ?? word

/** journeyName is a journey's id as people know it, without the letter that tells programs its kind. */
export const journeyName = (id: string) => id.replace(/^[oc]:(?=.)/, '')

/** mainMeasure is what a journey is about: its revenue if it was won, else its pipeline or value, else that it happened. */
export function mainMeasure(j: Explanation): string {
  const order = ['revenue', 'pipeline', 'conversion_value', 'opportunities', 'conversions', 'customers']
  return order.find((m) => j.sums.some((s) => s.measure === m && Number(s.amount) !== 0)) ?? 'conversions'
}
