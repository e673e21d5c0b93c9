// Spend against return, channel by channel: bars from zero on one scale, the return for 1 at the end with what the models make of it.
import { colour, unattributed } from '../lib/channels'
import { count, money, ratio } from '../lib/format'
import { measure } from '../lib/measures'
import type { Row } from '../lib/types'
import { ByCampaign, Figure, type Subject } from '../ui/Figure'
import { Fact, factOf } from '../ui/Fact'
import { ChannelName } from '../ui/Mark'

export interface Entry { row: Row; name: string; detail?: string; spread?: { min: number | null; max: number | null }
  /** whole is the name in full, nameless what is said of a row without one. */
  whole?: string; nameless?: string; subject?: Subject
  /** billed is what the row would be billed by, where its cost is known by campaign only. */
  billed?: string }

export function Returns({ entries, currency, measureKey = 'value' }: { entries: Entry[]; currency: string; measureKey?: string }) {
  const m = measure(measureKey)
  const most = Math.max(1e-9, ...entries.map((e) => Math.max(m.of(e.row) ?? 0, m.kind === 'money' ? Number(e.row.spend) : 0)))
  const share = (n: number) => `${Math.max(0, (100 * n) / most)}%`
  const rated = entries.some((e) => e.row.roas !== null || e.billed)
  return (
    <ul class={rated ? 'returns' : 'returns unrated'}>
      {entries.map(({ row, name, detail, spread, whole, nameless, subject: own, billed }) => {
        const earned = m.of(row) ?? 0, spent = Number(row.spend)
        const subject = own ?? { channel: row.channel, campaign: row.campaign }
        return (
          <li key={row.channel + '~' + (whole ?? detail ?? '')} class={row.channel === unattributed ? 'apart' : ''}>
            <ChannelName channel={row.channel} detail={detail} whole={whole} nameless={nameless} />
            <svg class="bars" height="26" width="100%" role="img" aria-label={`${name}: ${m.label.toLowerCase()} ${m.kind === 'money' ? money(earned, currency) : count(earned)}, spend ${money(spent, currency)}`}>
              <line x1="0" x2="0" y1="0" y2="26" class="zero-line" />
              <rect class={row.channel === unattributed ? 'hatched' : ''} x="0" y="2" height="13" width={share(earned)} rx="2" style={{ fill: row.channel === unattributed ? 'url(#hatch)' : colour(row.channel) }} />
              {m.kind === 'money' && spent > 0 && <rect class="spent" x="0" y="18" height="5" width={share(spent)} rx="1.5" />}
            </svg>
            <span class="returns-amount"><Figure m={m} of={row} currency={currency} subject={subject} short /><small>{spent > 0 ? <><Figure m="spend" of={row} currency={currency} subject={subject} short /> spent</> : billed ? '' : 'no spend'}</small></span>
            {rated && <span class={'returns-rate' + (row.roas !== null && row.roas < 1 ? ' loss' : '')}>
              {billed ? <ByCampaign m="roas" channel={row.channel} of={billed} /> : row.roas !== null ? <><Figure m="roas" of={row} currency={currency} subject={subject} /><small>{spread && spread.min !== null && spread.max !== null && spread.max - spread.min > 0.005 ? <Fact of={factOf('spread', row.channel, row.campaign ?? '')} what={`what each model makes of ${name}`}>{`models ${ratio(spread.min)}–${ratio(spread.max)}`}</Fact> : 'for 1 spent'}</small></> : <small class="nothing">–</small>}
            </span>}
          </li>
        )
      })}
    </ul>
  )
}
