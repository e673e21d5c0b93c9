// The head of a page whose answer is not a channel table: its sentence, and what its figures mean.
import { useEffect } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import type { Answer } from '../lib/api'
import { readable } from '../lib/words'
import { note } from '../lib/live'
import type { Freshness, Warning } from '../lib/types'
import { useScope } from '../lib/scope'
import { Said } from './Said'
import { Empty, Trouble } from './States'
import { Ways } from './Ways'

interface Like { headline: string; freshness?: Freshness; warnings?: Warning[] }

export function Sentence({ answer, scope, missing, sentence }: { answer: Answer<Like>; sentence?: string; scope: ComponentChildren; missing: ComponentChildren }) {
  const { bounds, period } = useScope()
  const outside = period.to < bounds.first || period.from > bounds.last
  const a = answer.data
  useEffect(() => note(a?.freshness), [a])
  if (!a && answer.error) return <><div class="headline"><h1>{answer.error.missing ? 'Not answered by this service yet' : 'No answer'}</h1></div>{answer.error.missing ? <Empty>{missing}</Empty> : <Trouble error={answer.error} again={answer.again} />}</>
  return (
    <>
    <div class={a ? 'headline' : 'headline waiting'} aria-busy={answer.loading}>
      <h1>{a ? <Said text={sentence ?? readable(a.headline)} /> : <span class="skeleton line long">Loading</span>}</h1>
      <p class="scope">{scope}</p>
      {a?.warnings?.map((w) => <p class="warning" role="status" key={w.code + w.detail}>{readable(w.detail)}</p>)}
    </div>
    {a && outside && <Ways />}
    </>
  )
}
