// The ways out of a view that holds nothing: what hides the figures, each one click from gone.
import { changed } from '../lib/address'
import { day, range } from '../lib/format'
import { useScope } from '../lib/scope'
import type { Figures } from '../lib/types'
import { Empty } from './States'

/** isNothing tells figures of which none was ever counted. */
export const isNothing = (x: Figures) => !x.touchpoints && !x.conversions && !x.opportunities && !x.customers && !x.clicks && !x.impressions && [x.spend, x.value, x.pipeline].every((v) => Number(v) === 0)

export function Ways() {
  const { asOf, bounds, channel, period } = useScope()
  const outside = period.to < bounds.first || period.from > bounds.last
  return (
    <Empty>
      <p>{outside ? `Figures go from ${day(bounds.first)} to ${day(bounds.last)}; these days are outside.` : asOf ? `Nothing of ${range(period.from, period.to)} had been received by ${day(asOf)}. What is sent later counts on the day it happened, and is known from the day it came.` : `Figures of this workspace go from ${day(bounds.first)} to ${day(bounds.last)}.`}</p>
      <div class="row">
        {asOf && <a class="button" href={changed({ as_of: '' })}>As known now</a>}
        {channel && <a class="button" href={changed({ channel: '', campaign: '' })}>All channels</a>}
        <a class="button" href={changed({ from: '', to: '', period: '' })}>The latest 90 days</a>
        <a class="button" href={changed({ from: '', to: '', period: 'all' })}>Everything there is</a>
      </div>
    </Empty>
  )
}
