// The page's sentence, with what its figures mean under it: nothing on the page is a naked number.
import { useEffect } from 'preact/hooks'
import type { Answer } from '../lib/api'
import { day, percent, range } from '../lib/format'
import { note } from '../lib/live'
import { readable } from '../lib/words'
import { modelLabel } from '../lib/measures'
import { useScope } from '../lib/scope'
import type { Channels } from '../lib/types'
import { Said } from './Said'
import { Trouble } from './States'

const measureWords: Record<string, string> = { value: 'the return', customers: 'the customers', opportunities: 'the opportunities', conversions: 'the conversions', touchpoints: 'the touches' }

/** waits tells that the sentence is still being found out: what it says may change its length, so nothing below is shown before. */
export function Headline({ answer, sentence, waits }: { answer: Answer<Channels>; sentence?: string; waits?: boolean }) {
  const scope = useScope()
  const a = waits ? undefined : answer.data
  useEffect(() => note(a?.freshness), [a])
  if (!a && answer.error) return <><h1>No answer</h1><Trouble error={answer.error} again={answer.again} /></>
  const coverage = a?.totals.coverage
  return (
    <div class={a ? 'headline' : 'headline waiting'} aria-busy={answer.loading || !!waits}>
      <h1 title={a && sentence === undefined ? a.headline : undefined}>{a ? <Said text={sentence ?? readable(a.headline)} /> : <span class="skeleton line long">Loading</span>}</h1>
      <p class="scope">
        {modelLabel(scope.model)} model · counted on the date of {scope.basis === 'touch' ? 'the touch' : 'the close'} · {range(scope.period.from, scope.period.to)}
        {scope.before && <> · before: {range(scope.before.from, scope.before.to)}</>} · {scope.currency} · {scope.asOf ? `as known on ${day(scope.asOf)}` : 'as known now'}
        {a && !answer.loading && (coverage === null || coverage === undefined ? ' · nothing to attribute yet' : ` · ${percent(coverage)} of ${measureWords[a.totals.coverage_measure] ?? 'it'} attributed, ${percent(1 - coverage)} not`)}
      </p>
      {answer.error && <p class="warning" role="alert">{answer.error.problem.detail || answer.error.problem.title} The figures below are from before.</p>}
      {a?.warnings.map((w) => <p class="warning" role="status" key={w.code + w.detail}>{readable(w.detail)}</p>)}
    </div>
  )
}
