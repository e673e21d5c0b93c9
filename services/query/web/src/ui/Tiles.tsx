import { measure } from '../lib/measures'
import type { Channels, Figures, Row } from '../lib/types'
import { useScope } from '../lib/scope'
import { range } from '../lib/format'
import { Change, Figure } from './Figure'
import { Sparkline } from '../charts/Sparkline'

/** Tiles are the totals, or those of one channel, each with its unit, its comparison and its course. */
export function Tiles({ answer, keys, course, own }: { answer?: Channels; keys: string[]; course?: Figures[]; own?: Row }) {
  const { before } = useScope()
  const of: (Figures & { previous?: Figures }) | undefined = own ?? answer?.totals
  const subject = own && { channel: own.channel }
  return (
    <div class="tiles-frame"><dl class="tiles" aria-busy={!answer}>
      {keys.map((key) => {
        const m = measure(key)
        return (
          <div class="tile" key={key}>
            <dt>{m.label} {answer && m.kind === 'money' && <small>{answer.currency}</small>}</dt>
            <dd class="big">{answer ? <Figure m={m} of={of!} currency={answer.currency} subject={subject} short plain /> : <span class="skeleton line short">0</span>}</dd>
            <dd class="sub">
              {answer ? (of!.previous ? <Change m={m} now={of!} before={of!.previous} currency={answer.currency} long /> : <span class="change flat">{before ? 'no comparison' : 'nothing to compare with'}</span>) : ' '}
            </dd>
            {course && course.length > 2 && <dd class="course"><Sparkline values={course.map((p) => m.of(p))} label={`${m.label} over the period`} /></dd>}
          </div>
        )
      })}
    </dl>{answer && before && <p class="tiles-note">Compared with {range(before.from, before.to)}</p>}</div>
  )
}
