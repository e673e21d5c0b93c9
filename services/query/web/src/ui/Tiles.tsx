import { measure, ripens } from '../lib/measures'
import type { Channels, Figures, Row } from '../lib/types'
import { useScope } from '../lib/scope'
import { day, money, range } from '../lib/format'
import { useSoFar } from '../lib/maturing'
import { Change, Figure } from './Figure'
import { interval } from '../lib/measures'
import { Sparkline } from '../charts/Sparkline'

/** Tiles are the totals, or those of one channel, each with its unit, its comparison and its course. */
export function Tiles({ answer, keys, course, own, busy }: { answer?: Channels; /** busy tells that the figures are of the question before. */ busy?: boolean; keys: string[]; /** course is what the small lines draw; null while it is on its way, so that its room is kept. */ course?: (Figures & { immature?: boolean })[] | null; own?: Row }) {
  const { before, bounds, partial } = useScope()
  const soFar = useSoFar()
  const of: (Figures & { previous?: Figures }) | undefined = own ?? answer?.totals
  const subject = own && { channel: own.channel }
  const first = course?.findIndex((p) => p.immature) ?? -1
  return (
    <div class="tiles-frame"><dl class="tiles" aria-busy={!answer || !!busy}>
      {keys.map((key) => {
        const m = measure(key)
        const likely = answer && of && interval(m, of)
        return (
          <div class="tile" key={key}>
            <dt>{m.label} {answer && m.kind === 'money' && <small>{answer.currency}</small>}</dt>
            <dd class="big">{answer ? <Figure m={m} of={of!} currency={answer.currency} subject={subject} short plain /> : <span class="skeleton line short">0</span>}</dd>
            <dd class="sub">
              {answer ? (of!.previous ? <Change m={m} now={of!} before={of!.previous} currency={answer.currency} long /> : before && <span class="change flat">no comparison</span>) : ' '}
            </dd>
            {likely && <dd class="likely" title="If the count behind it is one draw of chance, it lies between these with 90% probability">likely {money(likely[0], answer.currency, true)} to {money(likely[1], answer.currency, true)}</dd>}
            {(course === null || (course && course.length > 2)) && <dd class="course">{course && <Sparkline values={course.map((p) => m.of(p))} ripe={first >= 0 && ripens(m) ? first : undefined} label={`${m.label} over the period`} />}</dd>}
          </div>
        )
      })}
    </dl><p class="tiles-note">{answer && before ? `Compared with ${range(before.from, before.to)}${soFar ? `; outcomes of touches from ${day(soFar)} on are still to come, so what is lower so far need not have fallen` : ''}.` : answer ? (partial ? `Not compared: figures begin on ${day(bounds.first)}, less than a whole period before.` : 'Not compared with another period.') : ' '}</p></div>
  )
}
