import { measure } from '../lib/measures'
import type { Channels, Figures } from '../lib/types'
import { useScope } from '../lib/scope'
import { range } from '../lib/format'
import { Change, Figure } from './Figure'
import { Sparkline } from '../charts/Sparkline'

/** Tiles are the totals, each with its unit, its comparison and its course. */
export function Tiles({ answer, keys, course }: { answer?: Channels; keys: string[]; course?: Figures[] }) {
  const { before } = useScope()
  return (
    <div class="tiles-frame"><dl class="tiles" aria-busy={!answer}>
      {keys.map((key) => {
        const m = measure(key)
        return (
          <div class="tile" key={key}>
            <dt>{m.label} {answer && m.kind === 'money' && <small>{answer.currency}</small>}</dt>
            <dd class="big">{answer ? <Figure m={m} of={answer.totals} currency={answer.currency} short plain /> : <span class="skeleton line short">0</span>}</dd>
            <dd class="sub">
              {answer ? (answer.totals.previous ? <Change m={m} now={answer.totals} before={answer.totals.previous} currency={answer.currency} long /> : <span class="change flat">{before ? 'no comparison' : 'nothing to compare with'}</span>) : ' '}
            </dd>
            {course && course.length > 2 && <dd class="course"><Sparkline values={course.map((p) => m.of(p))} label={`${m.label} over the period`} /></dd>}
          </div>
        )
      })}
    </dl>{answer && before && <p class="tiles-note">Compared with {range(before.from, before.to)}</p>}</div>
  )
}
