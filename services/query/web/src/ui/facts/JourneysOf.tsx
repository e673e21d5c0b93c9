// The journeys behind a fact, each one click from its touches and postings.
import { change } from '../../lib/address'
import { useAnswer } from '../../lib/api'
import { meet } from '../../lib/channels'
import { count, day, exactMoney, money } from '../../lib/format'
import type { JourneyList, JourneyRow } from '../../lib/journeys'
import { useScope } from '../../lib/scope'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

interface Props { title: string; state: string; kind: 'opportunity' | 'conversion'; channel?: string; keep?: (row: JourneyRow) => boolean }

/** most is how many are listed; asked is how many are looked through when only some of them belong. */
const most = 50, asked = 500

export function JourneysOf({ title, state, kind, channel, keep }: Props) {
  const { query, period } = useScope()
  const answer = useAnswer<JourneyList>('/journeys', { workspace: query.workspace, from: period.from, to: period.to, as_of: query.as_of, state, kind, channel, limit: keep ? asked : most })
  const a = answer.data
  if (!a) return answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />
  const rows = a.rows.filter((r) => r.kind === kind && (!keep || keep(r)))
  meet(rows.flatMap((r) => r.channels))
  if (!rows.length) return <p class="note">None of the {count(a.rows.length)} latest journeys of the period is one of them.</p>
  return (
    <section>
      <h3>{title}{!keep && (a.page.total ?? 0) > rows.length && `: ${count(rows.length)} of ${count(a.page.total)}`}</h3>
      <ul class="parts">
        {rows.slice(0, most).map((r) => (
          <li key={r.journey_id}>
            <button class="open" data-journey={r.journey_id} onClick={() => change({ journey: r.journey_id })}><span class="channel-name">{r.account_id || r.person_id || r.journey_id}<small>{[r.state === 'open' ? `open in ${r.stage}` : r.state === 'converted' ? r.conversion_type : r.state, day(r.closed_on || r.opened_on), `${r.touches} ${r.touches === 1 ? 'touch' : 'touches'}`].join(' · ')}</small></span></button>
            <span title={r.amount ? exactMoney(r.amount, r.currency) : 'no amount given'}>{r.amount ? money(r.amount, r.currency) : ''}</span><span />
          </li>
        ))}
      </ul>
    </section>
  )
}
