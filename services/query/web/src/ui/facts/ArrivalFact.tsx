// Paid clicks that became a touch, and what was paid for those that did not.
import { useAnswer } from '../../lib/api'
import { exactMoney, money, percent, range } from '../../lib/format'
import { useScope } from '../../lib/scope'
import type { Channels } from '../../lib/types'
import { brief } from '../../lib/names'
import { arrival, wasted } from '../../sentences/tracking'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Figure } from '../Figure'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

export function ArrivalFact({ aspect, parts: [channel = '', campaign = ''], close }: OfFact) {
  const scope = useScope()
  const answer = useAnswer<Channels>('/channels', { ...scope.query, group_by: 'campaign', limit: 500 })
  const a = answer.data
  const r = a?.rows.find((x) => x.channel === channel && (x.campaign ?? '') === campaign)
  const subject = { channel, campaign: campaign || undefined }
  const what = aspect === 'wasted' ? 'Paid for clicks that do not arrive' : 'Clicks that arrive'
  return (
    <>
      <DrawerHead close={close} title={`${what}: ${brief(campaign || channel)}`} crumbs={<>Tracking<span aria-hidden="true">›</span><span>{channel}</span></>} />
      <div class="drawer-body">
        {!a && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {a && !r && <p>Nothing of it counts in this period.</p>}
        {a && r && (
          <>
            <section>
              <div class="amount">{aspect === 'wasted' ? money(wasted(r), a.currency) : percent(arrival(r))}</div>
              <p class="formula"><Figure m="touchpoints" of={r} currency={a.currency} subject={subject} /> <span class="quiet">touches ÷</span> <Figure m="clicks" of={r} currency={a.currency} subject={subject} /> <span class="quiet">clicks = {percent(arrival(r))}</span></p>
              {aspect === 'wasted' && <p class="formula"><Figure m="spend" of={r} currency={a.currency} subject={subject} /> <span class="quiet">spend × {percent(1 - (arrival(r) ?? 1))} that do not arrive = {exactMoney(wasted(r).toFixed(2), a.currency)}</span></p>}
            </section>
            <section><h3>The rule</h3><p>Clicks as the ad platform counts them, touches as the site saw them, {range(scope.period.from, scope.period.to)}. The rest left before the page loaded, block the pixel, denied consent, or were never people; a person who comes back by another way is no click.</p></section>
          </>
        )}
      </div>
    </>
  )
}
