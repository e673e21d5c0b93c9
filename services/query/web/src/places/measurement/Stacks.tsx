// Who gets a journey's credit under each model, as a stack per model in the order of the touches; wide parts carry their channel and share.
import { colour } from '../../lib/channels'
import { count, exactMoney, percent } from '../../lib/format'
import { mainMeasure, type Credit, type Explanation } from '../../lib/journeys'
import { measure, modelLabel, modelRules } from '../../lib/measures'
import { changed } from '../../lib/address'
import { plainWord } from '../../lib/words'

export function Stacks({ journey, model }: { journey: Explanation; model: string }) {
  const of = mainMeasure(journey)
  const sum = journey.sums.find((s) => s.measure === of)
  const credits = journey.credits.filter((c) => c.measure === of)
  const models = [...new Set(credits.map((c) => c.model))]
  const inOrder = (name: string) => [...journey.touches.map((t) => credits.find((c) => c.model === name && c.touchpoint_id === t.touchpoint_id)), ...credits.filter((c) => c.model === name && !journey.touches.some((t) => t.touchpoint_id === c.touchpoint_id))].filter((c): c is Credit => !!c && c.weight > 0)
  return (
    <section>
      <h3>{measure(of).label} {sum && (sum.currency ? exactMoney(sum.amount, sum.currency) : count(Number(sum.amount)))}: who gets it under each model</h3>
      <ul class="stacks">
        {models.map((name) => (
          <li key={name} class={name === model ? 'chosen' : ''}><a class="quiet" href={changed({ model: name })} title={`${modelRules[name] ?? ''} Show everything by this model`} aria-current={name === model ? 'true' : undefined}>{modelLabel(name)}</a>
            <div class="stack" role="img" aria-label={inOrder(name).map((c) => `${c.channel} ${percent(c.weight)}`).join(', ')}>
              {inOrder(name).map((c) => (
                <span key={c.touchpoint_id} class="segment" style={{ width: `${100 * c.weight}%`, background: colour(c.channel) }} title={`${c.channel} ${percent(c.weight)}: ${c.currency ? exactMoney(c.amount, c.currency) : c.amount}${c.positions.length ? ` (${c.positions.map(plainWord).join(', ')})` : ''}`}>
                  <small><b><bdi>{c.channel}</bdi> </b>{percent(c.weight)}</small>
                </span>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
