// Paths as the API answers them, and which journey took which of them.
import type { Query } from './api'
import { isGap } from './channels'
import type { Scoped } from './scope'
import type { Freshness, Scope, Warning } from './types'

export interface PathNode { id: string; step: number; channel: string; journeys: number }
export interface PathLink { from: string; to: string; journeys: number; value: string }
export interface PathsAnswer extends Scope {
  headline: string; model: string; paths: { channels: string[]; journeys: number; conversions: number; customers: number; value: string; currency: string; share: number; median_days: number }[]
  nodes: PathNode[]; links: PathLink[]; lengths: { touches: number; journeys: number; value: string }[]; totals: { journeys: number; without_touch: number; customers: number }; page: { total?: number }; freshness: Freshness; warnings: Warning[]
}

/** longest is how many steps a path shows; of longer ones the first and the last. */
export const longest = 5

export const pathsQuestion = (scope: Scoped, params: Record<string, string>): Query => ({
  workspace: scope.query.workspace, model: params.model, from: scope.period.from, to: scope.period.to, basis: scope.query.basis, currency: scope.query.currency,
  channel: scope.channel, kind: params.kind === 'all' ? '' : (params.kind ?? 'opportunity'), collapse: params.collapse, max_steps: longest, limit: 25,
})

/** pathOf is the path that the API makes of a journey's channels. */
export function pathOf(channels: string[], collapse = 'exposure'): string[] {
  let steps = channels
  if (collapse === 'exposure') steps = channels.filter((c, i) => i === 0 || c !== channels[i - 1])
  if (collapse === 'unique') steps = [...new Set(channels)]
  return steps.length > longest ? [...steps.slice(0, longest - 2), '…', steps[steps.length - 1]!] : steps
}

export const samePath = (a: string[], b: string[]) => a.length === b.length && a.every((c, i) => c === b[i] || (isGap(c) && isGap(b[i]!)))
