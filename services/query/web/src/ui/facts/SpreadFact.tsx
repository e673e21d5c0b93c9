// What each model makes of a channel's or campaign's return, the least first.
import { useAnswer } from '../../lib/api'
import { changed } from '../../lib/address'
import { ratio } from '../../lib/format'
import { modelLabel, modelRules } from '../../lib/measures'
import { brief } from '../../lib/names'
import { useScope } from '../../lib/scope'
import type { Compare } from '../../lib/types'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Figure } from '../Figure'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

export function SpreadFact({ parts: [channel = '', campaign = ''], close }: OfFact) {
  const { query } = useScope()
  const answer = useAnswer<Compare>('/compare', { workspace: query.workspace, from: query.from, to: query.to, basis: query.basis, currency: query.currency, as_of: query.as_of, channel, group_by: campaign ? 'campaign' : 'channel', limit: 200 })
  const c = answer.data
  const r = c?.rows.find((x) => x.channel === channel && (!campaign || x.campaign === campaign))
  const models = r ? [...r.models].filter((x) => x.roas !== null).sort((x, y) => x.roas! - y.roas!) : []
  const low = r?.roas_spread.min ?? null, high = r?.roas_spread.max ?? null
  return (
    <>
      <DrawerHead close={close} title={`Return for 1 of ${brief(campaign || channel)} under each model`} crumbs={<>Models<span aria-hidden="true">›</span><span>{channel}</span></>} />
      <div class="drawer-body">
        {!c && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {c && !models.length && <p>It has no spend in this period, and so no return on it.</p>}
        {c && models.length > 0 && (
          <section>
            <div class="amount">{ratio(low)} – {ratio(high)}</div>
            <p>{high! - low! <= 0.005 ? 'The models agree.' : low! < 1 && high! >= 1 ? 'The models disagree whether it pays back: an experiment would tell.' : low! >= 1 ? 'It pays back under every model; how well depends on the model.' : 'It pays back under no model.'}</p>
            <ul class="parts two">{models.map((x) => <li key={x.model}><span>{modelLabel(x.model)}<small class="under">{modelRules[x.model] ?? 'A model of your own configuration.'}</small></span><Figure m="roas" of={x} currency={c.currency} subject={{ channel, campaign: campaign || undefined }} model={x.model} /></li>)}</ul>
          </section>
        )}
        <p><a href={changed({ tab: 'models', explain: '' }, 'measurement')}>All channels under all models</a></p>
      </div>
    </>
  )
}
