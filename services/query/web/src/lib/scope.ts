// What a question is about: the model, the date basis, the period and its comparison, the moment it is asked as of.
import { createContext } from 'preact'
import { useContext, useMemo } from 'preact/hooks'
import * as d from './days'
import type { Params } from './address'
import type { Channels } from './types'
import type { Query } from './api'

export interface Me {
  name: string; role: string; workspaces: { name: string; base_currency: string }[]; can: string[]; default_model: string; models: string[]
}

/** Bounds are what the workspace has at all: where its figures begin and end. */
export interface Bounds { first: string; last: string; answer: Channels }

export interface Period { from: string; to: string }
export interface Scoped {
  query: Query; period: Period; before?: Period; partial: boolean; params: Params; bounds: Bounds; me?: Me
  model: string; basis: 'touch' | 'close'; currency: string; asOf: string; channel: string; campaign: string
}

export const periods: [string, string][] = [['30d', '30 days'], ['90d', '90 days'], ['quarter', 'Quarter'], ['year', '12 months'], ['all', 'All']]
export const comparisons: [string, string][] = [['before', 'the period before'], ['year', 'a year before'], ['none', 'nothing']]

export const defaultPeriod = '90d'

export function periodOf(params: Params, bounds: Bounds): Period {
  const last = bounds.last || d.today()
  const first = bounds.first || last
  if (d.isDay(params.from) || d.isDay(params.to)) {
    const to = d.isDay(params.to) ? params.to : last
    const from = d.isDay(params.from) ? params.from : d.min(first, to)
    return from <= to ? { from, to } : { from: to, to: from }
  }
  switch (params.period ?? defaultPeriod) {
    case '30d': return { from: d.add(last, -29), to: last }
    case 'quarter': return { from: d.quarterStart(last), to: last }
    case 'year': return { from: d.add(d.addYears(last, -1), 1), to: last }
    case 'all': return { from: first, to: last }
    default: return { from: d.add(last, -89), to: last }
  }
}

export function beforeOf(params: Params, period: Period): Period | undefined {
  switch (params.compare ?? 'before') {
    case 'none': return undefined
    case 'year': return { from: d.addYears(period.from, -1), to: d.addYears(period.to, -1) }
    default: return { from: d.add(period.from, -d.length(period.from, period.to)), to: d.add(period.from, -1) }
  }
}

/** scopeOf settles what the address leaves open. A comparison with days before the first figure would show growth that is none: it is left out. */
export function scopeOf(params: Params, bounds: Bounds, me?: Me): Scoped {
  const period = periodOf(params, bounds)
  let before = beforeOf(params, period)
  const partial = !!before && before.from < bounds.first
  if (partial) before = undefined
  const query: Query = {
    workspace: params.workspace, model: params.model, basis: params.basis, from: period.from, to: period.to, currency: params.currency,
    compare_from: before?.from, compare_to: before?.to, as_of: params.as_of, conversion_type: params.conversion_type,
  }
  return {
    query, period, before, partial, params, bounds, me, model: params.model ?? bounds.answer.model, basis: params.basis === 'close' ? 'close' : 'touch',
    currency: params.currency ?? bounds.answer.currency, asOf: params.as_of ?? '', channel: params.channel ?? '', campaign: params.campaign ?? '',
  }
}

export const ScopeContext = createContext<Scoped>(undefined as unknown as Scoped)
export const useScope = () => useContext(ScopeContext)

/** usePlain is the question without a comparison, for answers that take none. */
export function usePlain(): Query {
  const { query } = useScope()
  return useMemo(() => ({ ...query, compare_from: undefined, compare_to: undefined }), [query])
}
