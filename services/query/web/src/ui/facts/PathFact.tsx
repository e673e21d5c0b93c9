// A path explained: what counts as one, and the journeys that took it.
import { useAnswer } from '../../lib/api'
import { useAddress } from '../../lib/address'
import { meet } from '../../lib/channels'
import { count, days, exactMoney, percent, range } from '../../lib/format'
import { pathOf, pathsQuestion, samePath, type PathsAnswer } from '../../lib/paths'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { Path } from '../../places/measurement/Journeys'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'
import { JourneysOf } from './JourneysOf'

/** of is each figure of a path with what it counts. */
const of: Record<string, (p: PathsAnswer['paths'][number], all: number) => [string, string]> = {
  path: (p) => [count(p.journeys), p.journeys === 1 ? 'journey' : 'journeys'], share: (p, all) => [percent(p.share), `of journeys: ${count(p.journeys)} of ${count(all)} with a path`],
  customers: (p) => [count(p.customers), p.customers === 1 ? 'customer' : 'customers'], value: (p) => [exactMoney(p.value, p.currency), 'return'], time: (p) => [days(p.median_days), 'from first touch to outcome, the middle one'],
}

export function PathFact({ aspect, parts: channels, close }: OfFact) {
  const scope = useScope()
  const { params } = useAddress()
  const answer = useAnswer<PathsAnswer>('/paths', pathsQuestion(scope, params))
  const a = answer.data
  const p = a?.paths.find((x) => samePath(x.channels, channels))
  const kind = params.kind ?? 'opportunity'
  const took = (row: { channels: string[] }) => samePath(pathOf(row.channels, params.collapse), channels)
  meet(channels)
  return (
    <>
      <DrawerHead close={close} title="Journeys that took one path" crumbs={<>Paths<span aria-hidden="true">›</span><span>{channels.length} steps</span></>} />
      <div class="drawer-body">
        <p><Path channels={channels} words /></p>
        {!a && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {a && !p && <p>No journey of these filters took it.</p>}
        {p && (
          <section>
            <div class="amount">{(of[aspect] ?? of.path!)(p, a!.totals.journeys)[0]} <small>{(of[aspect] ?? of.path!)(p, a!.totals.journeys)[1]}</small></div>
            <p>{count(p.journeys)} {p.journeys === 1 ? 'journey' : 'journeys'}, {percent(p.share)} of {count(a!.totals.journeys)} with a path; {count(p.customers)} became {p.customers === 1 ? 'a customer' : 'customers'} and {count(p.conversions)} converted, for {exactMoney(p.value, p.currency)}. Half took at most {days(p.median_days)}.</p>
          </section>
        )}
        <section><h3>The rule</h3><p>The channels of the touches that the {modelLabel(a?.model ?? 'linear')} model credits, in order{params.collapse === 'none' ? '' : params.collapse === 'unique' ? ', each channel once' : ', adjacent repeats as one'}. Of long paths the first steps and the last. {range(scope.period.from, scope.period.to)}.</p></section>
        {kind !== 'conversion' && <JourneysOf title="The deals among them" state="" kind="opportunity" channel={channels[0]} keep={took} />}
        {kind !== 'opportunity' && <JourneysOf title="The conversions among them" state="converted" kind="conversion" channel={channels[0]} keep={took} />}
      </div>
    </>
  )
}
