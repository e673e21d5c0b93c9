// The journeys that a figure of credit comes from, largest share first, each one click from its touches and postings.
import { change } from '../lib/address'
import { useAnswer } from '../lib/api'
import { count, exactMoney, money, day } from '../lib/format'
import { measure, type Measure } from '../lib/measures'
import { useScope } from '../lib/scope'
import type { JourneyList } from '../lib/journeys'
import { Skeleton } from './Panel'

interface Contribution { journey_id: string; touchpoint_id?: string; channel?: string; campaign?: string; weight?: number; amount: string; currency?: string; occurred_on?: string; touch_date?: string; effective_on?: string; account_id?: string; person_id?: string; touches?: number }
interface ContributionList { headline?: string; rows: Contribution[]; page?: { total?: number } }

export function Contributions({ m, channel, campaign }: { m: Measure; channel: string; campaign?: string }) {
  const { query, model } = useScope()
  const about = { workspace: query.workspace, model, from: query.from, to: query.to, basis: query.basis, as_of: query.as_of, channel: channel || undefined, campaign: campaign || undefined, limit: 25 }
  const parts = useAnswer<ContributionList>('/contributions', { ...about, measure: m.ledger })
  const fall = useAnswer<JourneyList>(parts.error?.missing ? '/journeys' : null, { workspace: query.workspace, channel: channel || undefined, from: query.from, to: query.to, as_of: query.as_of, limit: 25 })
  const ledger = measure(m.ledger ?? '')
  if (parts.error?.missing && (fall.error || !fall.data?.rows?.length)) return null
  if (!parts.data && !fall.data) return <Skeleton height={120} />
  const rows: Contribution[] = parts.data?.rows ?? fall.data?.rows.map((j) => ({ journey_id: j.journey_id, amount: j.amount, currency: j.currency, occurred_on: j.opened_on, account_id: j.account_id, person_id: j.person_id, touches: j.touches })) ?? []
  const total = parts.data?.page?.total ?? rows.length
  if (!rows.length) return <section><h3>Journeys</h3><p class="note">No journey gives credit here in this period.</p></section>
  return (
    <section>
      <h3>{parts.data?.headline ?? `From ${total > rows.length ? `${rows.length} of ${count(total)}` : rows.length} journeys`}</h3>
      <ul class="parts">
        {rows.map((r, i) => (
          <li key={i}>
            <button class="open" onClick={() => change({ journey: r.journey_id })}>
              <span class="channel-name">{r.account_id || r.person_id || r.journey_id}<small>{r.journey_id}{(r.touch_date ?? r.occurred_on ?? r.effective_on) && ` · ${day((r.touch_date ?? r.occurred_on ?? r.effective_on)!)}`}{r.touches !== undefined && ` · ${r.touches} touches`}</small></span>
            </button>
            <span title={r.currency ? exactMoney(r.amount, r.currency) : r.amount}>{ledger.kind === 'money' && r.currency ? money(r.amount, r.currency) : count(Number(r.amount))}</span>
            <span class="quiet">{r.weight !== undefined ? `${Math.round(r.weight * 100)}%` : ''}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
