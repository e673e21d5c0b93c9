// Roles choose the start page, the default filters and which figures come first. What may be changed is for the service to decide (/me).
import type { Params, Place } from './address'

export interface Role {
  id: string; label: string; about: string
  start: { place: Place; params: Params }
  /** columns of the channel table. */
  columns: string[]
  tiles: string[]
}

const outcome = ['spend', 'value', 'roas', 'pipeline', 'customers', 'cac']

export const roles: Role[] = [
  { id: 'cmo', label: 'CMO', about: 'Are we on course?', start: { place: 'outcomes', params: { basis: 'close' } }, columns: outcome, tiles: ['value', 'pipeline', 'opportunities', 'customers', 'spend', 'roas', 'cac'] },
  { id: 'demand', label: 'Demand generation', about: 'Which campaigns win, which waste?', start: { place: 'channels', params: { group_by: 'campaign' } }, columns: ['spend', 'ctr', 'cvr', 'conversions', 'cpl', 'sql_rate', 'opportunities', 'pipeline', 'value', 'roas'], tiles: ['conversions', 'cpl', 'opportunities', 'pipeline', 'value', 'roas'] },
  { id: 'paid-search', label: 'Paid search', about: 'My channel, campaign by campaign', start: { place: 'channels', params: { channel: 'Paid Search', group_by: 'campaign' } }, columns: ['spend', 'impressions', 'ctr', 'cvr', 'conversions', 'cpl', 'value', 'roas', 'cac'], tiles: ['spend', 'conversions', 'cpl', 'pipeline', 'value', 'roas'] },
  { id: 'content', label: 'Content', about: 'What is read before people buy', start: { place: 'channels', params: { channel: 'Organic Search', group_by: 'landing_page' } }, columns: ['touchpoints', 'cvr', 'conversions', 'sql_rate', 'opportunities', 'pipeline', 'value'], tiles: ['touchpoints', 'conversions', 'opportunities', 'pipeline', 'value'] },
  { id: 'events', label: 'Events', about: 'What a booth and a webinar bring', start: { place: 'channels', params: { channel: 'Event', group_by: 'campaign' } }, columns: ['spend', 'touchpoints', 'conversions', 'opportunities', 'cost_per_opportunity', 'pipeline', 'value', 'roas', 'cac'], tiles: ['spend', 'touchpoints', 'opportunities', 'pipeline', 'value', 'roas'] },
  { id: 'revops', label: 'Revenue operations', about: 'Can we trust it?', start: { place: 'tracking', params: {} }, columns: ['touchpoints', 'conversions', 'sql_rate', 'opportunities', 'pipeline_conversion', 'customers', 'pipeline', 'value'], tiles: ['touchpoints', 'conversions', 'opportunities', 'customers', 'pipeline', 'value'] },
  { id: 'finance', label: 'Finance', about: 'What was known when, and why it changed', start: { place: 'measurement', params: { tab: 'bridge', basis: 'close' } }, columns: ['spend', 'value', 'roi', 'customers', 'cac'], tiles: ['spend', 'value', 'roi', 'customers', 'cac', 'pipeline'] },
]

export const role = (id: string | undefined): Role => roles.find((r) => r.id === id) ?? roles[0]!
