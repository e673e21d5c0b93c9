// The journeys that a figure of credit comes from, largest share first, each one click from its touches and postings.
import { change } from '../lib/address'
import { useAnswer } from '../lib/api'
import { count, exactMoney, money, day, percent } from '../lib/format'
import { journeyName } from '../lib/journeys'
import type { Measure } from '../lib/measures'
import { readable } from '../lib/words'
import { useScope } from '../lib/scope'
import { Skeleton } from './Panel'
import { Trouble } from './States'

interface Contribution { kind: string; id: string; on: string; channel: string; campaign: string; describes: string; touches: number; amount: string; own_amount: string; own_currency: string; explain: string }
interface ContributionList { headline: string; unit: 'money' | 'count' | 'ratio'; currency: string; figure: string | null; rows: Contribution[]; shown: string; rest: string; page: { total?: number } }

export function Contributions({ m, channel, campaign, by, detail }: { m: Measure; channel: string; campaign?: string; by?: string; detail?: string }) {
  const { query } = useScope()
  const answer = useAnswer<ContributionList>('/contributions', { workspace: query.workspace, model: query.model, from: query.from, to: query.to, basis: query.basis, currency: query.currency, as_of: query.as_of, channel: channel || undefined, campaign, ...(by ? { [by]: detail } : {}), measure: m.ledger && m.parts ? m.ledger : m.key, limit: 50 })
  const a = answer.data
  if (!a) return answer.error ? (answer.error.missing ? null : <Trouble error={answer.error} again={answer.again} />) : <Skeleton height={160} />
  if (!a.rows.length) return null
  const write = (v: string) => (a.unit === 'money' ? money(v, a.currency) : count(Number(v)))
  const exact = (v: string) => (a.unit === 'money' ? exactMoney(v, a.currency) : v)
  const total = Number(a.figure ?? 0)
  return (
    <section>
      <h3>{readable(a.headline)}</h3>
      <ul class="parts">
        {a.rows.map((r) => {
          const text = <span class="channel-name" title={r.id}><bdi>{r.kind === 'journey' ? journeyName(r.id) : r.id}</bdi><small>{[r.describes, r.on && day(r.on), r.channel, r.campaign, r.touches > 0 && `${r.touches} ${r.touches === 1 ? 'touch' : 'touches'}`].filter(Boolean).join(' · ')}</small></span>
          return (
            <li key={r.id}>
              {r.kind === 'journey' ? <button class="open" data-journey={r.id} onClick={() => change({ journey: r.id })}>{text}</button> : text}
              <span title={exact(r.amount)}>{write(r.amount)}</span>
              <span class="quiet">{total ? percent(Number(r.amount) / total) : ''}</span>
            </li>
          )
        })}
      </ul>
      {Number(a.rest) !== 0 && <p class="note">The {count(a.rows.length)} largest of {count(a.page.total ?? a.rows.length)}: {exact(a.shown)} of {exact(a.figure ?? '')}; the rest is {exact(a.rest)}.</p>}
    </section>
  )
}
