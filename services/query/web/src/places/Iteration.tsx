// Iteration: the weekly review as a page to read. Each sentence is computed from the ledger, with the numbers behind it.
import { useEffect } from 'preact/hooks'
import { url, useAnswer } from '../lib/api'
import { changed, useAddress } from '../lib/address'
import { meet } from '../lib/channels'
import { add, isoWeek, monday } from '../lib/days'
import { range } from '../lib/format'
import { note } from '../lib/live'
import { modelLabel } from '../lib/measures'
import { useScope } from '../lib/scope'
import { readable } from '../lib/words'
import { Skeleton } from '../ui/Panel'
import { Said } from '../ui/Said'
import { Empty, Trouble } from '../ui/States'
import { FindingView, type Finding } from './iteration/Finding'
import type { Freshness, Warning } from '../lib/types'

interface Weekly { week: string; model: string; from: string; to: string; basis: string; currency: string; headline: string; previous: { from: string; to: string; weeks?: number }; sections: { id: string; title: string; findings: Finding[] }[]; freshness: Freshness; warnings: Warning[] }

const sections: Record<string, [string, string]> = { win: ['Where we win', 'Nothing returned more than it cost, or rose, in this week.'], leak: ['Where we leak', 'Nothing fell, and no budget stayed without outcome, in this week.'], changed: ['What changed', 'No total moved by more than a sentence is worth.'] }

export function Iteration() {
  const scope = useScope()
  const { params } = useAddress()
  const question = { workspace: scope.query.workspace, week: params.week, model: scope.query.model, basis: params.basis, currency: scope.query.currency, channel: scope.channel || undefined }
  const answer = useAnswer<Weekly>('/weekly', question)
  const w = answer.data
  useEffect(() => note(w?.freshness), [w])
  if (!w && answer.error) return <><div class="headline"><h1>The weekly review is not there</h1></div>{answer.error.missing ? <Empty><p>This service does not write it yet. What moved is in <a href={changed({}, 'channels')}>Channels</a>, compared with the period before.</p></Empty> : <Trouble error={answer.error} again={answer.again} />}</>
  const before = w && isoWeek(add(w.from, -7)), after = w && isoWeek(add(w.from, 7))
  const whole = w && add(monday(scope.bounds.last), -1) >= add(w.to, 7)
  if (w) meet(w.sections.flatMap((s) => s.findings.map((f) => f.subject?.channel ?? '')))
  return (
    <>
      <div class={w ? 'headline' : 'headline waiting'} aria-busy={answer.loading}>
        <h1>{w ? <Said text={readable(w.headline)} /> : <span class="skeleton line long">Loading</span>}</h1>
        <p class="scope">{w ? <>Week {Number(w.week.slice(6))}, {range(w.from, w.to)} · against {w.previous.weeks ? `the average of ${w.previous.weeks} weeks, ` : ''}{range(w.previous.from, w.previous.to)} · {modelLabel(w.model)} model · counted on the date of {w.basis === 'close' ? 'the close' : 'the touch'} · {w.currency} · as known now</> : ' '}</p>
        {w?.warnings?.map((x) => <p class="warning" role="status" key={x.detail}>{readable(x.detail)}</p>)}
      </div>
      <div class="toolbar">
        {w && before && after ? <>
          <a class="button" href={changed({ week: before })}>‹ Week {Number(before.slice(6))}</a>
          {(whole || after <= isoWeek(scope.bounds.last)) && <a class="button" href={changed({ week: after })}>Week {Number(after.slice(6))}{whole ? '' : ', so far'} ›</a>}
        </> : <span class="button" aria-hidden="true">‹ Week</span>}
        <button class="button" onClick={() => print()}>Print or save as PDF</button>
        <span class="exports"><a href={url('/weekly', question)} target="_blank">As JSON</a></span>
      </div>
      {w ? (
        <div class="review">
          {w.sections.map((s) => (
            <section class="panel" key={s.id} aria-label={sections[s.id]?.[0] ?? s.id}>
              <header class="panel-head"><div><p class="kicker">{sections[s.id]?.[0] ?? s.id}</p><h2>{readable(s.title)}</h2></div></header>
              {s.findings.length === 0 && <p class="note">{sections[s.id]?.[1]}</p>}
              {s.findings.map((f, i) => <FindingView key={f.kind + f.sentence} previous={w.previous} f={f} said={i === 0 && f.sentence === s.title} />)}
            </section>
          ))}
        </div>
      ) : <div class="panel"><Skeleton height={1200} /></div>}
    </>
  )
}
