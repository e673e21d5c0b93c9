// Iteration: the weekly review as a page to read. Each sentence is computed from the ledger, with the numbers behind it.
import { useEffect } from 'preact/hooks'
import { url, useAnswer } from '../lib/api'
import { changed, follow, useAddress } from '../lib/address'
import { add, isoWeek, monday } from '../lib/days'
import { count, day, money, percent, range } from '../lib/format'
import { note } from '../lib/live'
import { modelLabel } from '../lib/measures'
import { useScope } from '../lib/scope'
import { ChannelMark } from '../ui/Mark'
import { Skeleton } from '../ui/Panel'
import { Empty, Trouble } from '../ui/States'
import type { Freshness, Warning } from '../lib/types'

interface Finding {
  kind?: string; sentence: string; measure: string; subject: { channel?: string; campaign?: string }; value: string | null; previous: string | null; currency?: string
  change: number | null; confidence: string; doubt?: string; link: string; query: string; evidence: { label: string; value: string }[]
}
interface Weekly { week: string; model: string; from: string; to: string; basis: string; currency: string; headline: string; previous: { from: string; to: string; weeks?: number }; sections: { id: string; title: string; findings: Finding[] }[]; freshness: Freshness; warnings: Warning[] }

const sections: Record<string, string> = { win: 'Where we win', leak: 'Where we leak', changed: 'What changed' }

export function Iteration() {
  const scope = useScope()
  const { params } = useAddress()
  const question = { workspace: scope.query.workspace, week: params.week, model: scope.query.model, basis: params.basis, currency: scope.query.currency, channel: scope.channel || undefined }
  const answer = useAnswer<Weekly>('/weekly', question)
  const w = answer.data
  useEffect(() => note(w?.freshness), [w])
  if (!w) return answer.error ? <><div class="headline"><h1>The weekly review is not there</h1></div>{answer.error.missing ? <Empty><p>This service does not write it yet. What moved is in <a href={changed({}, 'channels')}>Channels</a>, compared with the period before.</p></Empty> : <Trouble error={answer.error} again={answer.again} />}</> : <><div class="headline"><h1><span class="skeleton line long">Loading</span></h1></div><div class="panel"><Skeleton height={480} /></div></>
  const before = isoWeek(add(w.from, -7)), after = isoWeek(add(w.from, 7))
  return (
    <>
      <div class="headline">
        <h1>{w.headline}</h1>
        <p class="scope">Week {w.week}, {range(w.from, w.to)} · against {w.previous.weeks ? `the average of ${w.previous.weeks} weeks, ` : ''}{range(w.previous.from, w.previous.to)} · {modelLabel(w.model)} model · counted on the date of {w.basis === 'close' ? 'the close' : 'the touch'} · {w.currency} · as known now</p>
        {w.warnings?.map((x) => <p class="warning" role="status" key={x.detail}>{x.detail}</p>)}
      </div>
      <div class="toolbar">
        <a class="button" href={changed({ week: before })}>‹ Week {before.slice(6)}</a>
        {add(monday(scope.bounds.last), -1) >= add(w.to, 7) || after <= isoWeek(scope.bounds.last) ? <a class="button" href={changed({ week: after })}>Week {after.slice(6)} ›</a> : null}
        <span class="exports"><a href={url('/weekly', question)} target="_blank">As JSON</a></span>
      </div>
      <div class="review">
        {w.sections.map((s) => (
          <section class="panel" key={s.id} aria-label={sections[s.id] ?? s.id}>
            <header class="panel-head"><div><p class="note">{sections[s.id] ?? s.id}</p><h2>{s.title}</h2></div></header>
            {s.findings.map((f, i) => <FindingView key={i} f={f} />)}
          </section>
        ))}
      </div>
    </>
  )
}

function FindingView({ f }: { f: Finding }) {
  const written = (v: string | null) => (v === null || v === undefined ? null : f.currency ? money(v, f.currency) : count(Number(v)))
  return (
    <article class="finding">
      <p class="sentence">{f.subject?.channel && <><ChannelMark channel={f.subject.channel} /> </>}{f.sentence}</p>
      <dl class="evidence">
        {f.value !== null && <div><dt>{f.measure.replaceAll('_', ' ')}</dt><dd>{written(f.value)}{f.previous !== null && <span class="quiet"> from {written(f.previous)}</span>}{f.change !== null && <span class="quiet"> ({percent(f.change, true)})</span>}</dd></div>}
        {f.evidence.map((e) => <div key={e.label}><dt>{e.label}</dt><dd>{/^\d{4}-\d{2}-\d{2}$/.test(e.value) ? day(e.value) : e.value}</dd></div>)}
      </dl>
      <p class="row"><span class={'badge ' + (f.confidence === 'high' ? 'good' : f.confidence === 'low' ? 'doubt' : '')} title={f.doubt || 'Hardly chance'}>{f.confidence} confidence</span>{f.doubt && <span class="note">{f.doubt}</span>}{f.link && <a href={f.link} onClick={(e) => follow(e as unknown as MouseEvent)}>Look into it</a>}{f.query && <a class="quiet" href={f.query} target="_blank">Figures behind it</a>}</p>
    </article>
  )
}
