// The funnel as the API answers it, and its steps in the reader's words.
import type { Query } from './api'
import type { Freshness, Scope, Warning } from './types'

export interface Step { step: string; kind: string; unit: 'people' | 'opportunities'; reached: number; from_previous: number | null; from_first: number | null; median_days: number | null; p90_days: number | null; amount: string | null; currency: string; open: number; lost: number; previous?: number; previous_from_previous?: number | null }
export interface FunnelAnswer extends Scope { headline: string; model: string; pipeline: string; pipelines: string[]; steps: Step[]; by_channel: { channel: string; steps: { step: string; kind: string; reached: number; from_previous: number | null }[] }[]; freshness: Freshness; warnings: Warning[] }

/** funnelQuestion is what both the page and the explanation of its figures ask. */
export const funnelQuestion = (query: Query, params: Record<string, string>): Query => ({ ...query, pipeline: params.pipeline })

export const stepWord = (s: string) => (s ? s[0]!.toUpperCase() + s.slice(1).replaceAll('_', ' ') : 'Without a name')

const rules: Record<string, string> = {
  touched: 'People with at least one touch in the period, bots left out.', identified: 'Those of them whose name is known by now: by a form, a login or the CRM.',
  converted: 'Those of them who converted since their first touch in the period.', opportunity: 'Opportunities created in the period.', won: 'Opportunities created in the period that are won by now.',
}

/** stepRule says what has to happen for somebody or something to count in a step. */
export const stepRule = (s: Step) => rules[s.step.toLowerCase()] ?? `Opportunities created in the period that entered ${stepWord(s.step)}, or a stage after it, by now.`
