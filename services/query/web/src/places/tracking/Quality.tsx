// The quality report: what is wrong with tags, conversions, visitors and refused records, each with what to do about it.
import type { ComponentChildren } from 'preact'
import { useAnswer } from '../../lib/api'
import { count, money, moment, percent } from '../../lib/format'
import { changed } from '../../lib/address'
import { useScope } from '../../lib/scope'
import { plainWord, readable, sentenceCase } from '../../lib/words'
import { Fact, factOf } from '../../ui/Fact'
import { Panel } from '../../ui/Panel'

type Status = 'ok' | 'warning' | 'error'
interface Issue { code: string; status: Status; sentence: string; fix: string; subject: Record<string, string>; count: number; of: number; spend?: string; currency?: string; last_at: string | null; example?: string }
export interface QualityAnswer { headline: string; status: Status; sections: { id: string; title: string; status: Status; findings: Issue[]; more: number }[] }

const words: Record<Status, string> = { ok: 'in order', warning: 'look into it', error: 'mend it' }
const tone: Record<Status, string> = { ok: 'good', warning: 'doubt', error: 'bad' }

/** first is how many findings of a kind are shown at once. */
const first = 8

export function useQuality() {
  const { query, channel } = useScope()
  return useAnswer<QualityAnswer>('/quality', { workspace: query.workspace, from: query.from, to: query.to, channel })
}

/** beside stands next to what is in order, which is short. */
export function Quality({ answer, beside }: { answer: ReturnType<typeof useQuality>; beside: ComponentChildren }) {
  const q = answer.data
  if (!q) return answer.error?.missing ? <>{beside}</> : <><Panel loading={answer.loading} error={answer.error} again={answer.again} height={240} />{beside}</>
  const wrong = q.sections.filter((s) => s.status !== 'ok' || s.findings.length), fine = q.sections.filter((s) => s.status === 'ok' && !s.findings.length)
  return (
    <>
      {wrong.map((s) => (
        <Panel key={s.id} title={readable(s.title)} actions={<span class={'badge ' + tone[s.status]}>{words[s.status]}</span>} wide>
          {s.findings.slice(0, first).map((f, i) => <IssueView key={i} issue={f} section={s.id} said={f.sentence === s.title} />)}
          {s.findings.length > first && <details class="as-table"><summary>{count(s.findings.length - first)} more</summary>{s.findings.slice(first).map((f, i) => <IssueView key={i} issue={f} section={s.id} said={false} />)}</details>}
          {s.more > 0 && <p class="note">{count(s.more)} more of the same kind.</p>}
        </Panel>
      ))}
      <div class="pair">{fine.length > 0 && <Panel title={`${wrong.length ? 'The rest is in order' : 'Everything that is looked at is in order'}: ${fine.length === 1 ? 'one check' : `${fine.length} checks`}.`}><ul class="checks">{fine.map((s) => <li key={s.id}><span class="badge good">in order</span> {readable(s.title)}</li>)}</ul></Panel>}{beside}</div>
    </>
  )
}

/** issueAddress is the view that an issue is about. */
export const issueAddress = (f: Issue) => f.subject.channel ? changed({ channel: f.subject.channel, group_by: 'campaign' }, 'channels') : f.subject.conversion_type ? changed({ tab: 'journeys', state: 'converted', q: f.subject.conversion_type }, 'measurement') : undefined

function IssueView({ issue: f, section, said }: { issue: Issue; section: string; said: boolean }) {
  const about = issueAddress(f)
  const fact = (aspect: string) => factOf('issue-' + aspect, section, f.code, Object.values(f.subject).join(' '))
  return (
    <article class="finding">
      {!said && <h3 class="sentence">{readable(f.sentence)}</h3>}
      <p><b>What to do:</b> {f.fix.replace(/\.?$/, ".")}</p>
      <dl class="evidence">
        {!said && <div><dt>Severity</dt><dd><span class={'badge ' + tone[f.status]}>{words[f.status]}</span></dd></div>}
        {Object.entries(f.subject).filter(([, v]) => v).map(([k, v]) => <div key={k}><dt>{sentenceCase(plainWord(k))}</dt><dd>{v}</dd></div>)}
        <div><dt>{f.of > 0 ? 'Concerned' : 'Counted'}</dt><dd><Fact of={fact('count')} what="what this finding counts">{count(f.count)}</Fact>{f.of > 0 && ` of ${count(f.of)} (${percent(f.count / f.of)})`}</dd></div>
        {f.spend && Number(f.spend) > 0 && <div><dt>Spend</dt><dd><Fact of={fact('spend')} what="spent on it" exact={`${f.spend} ${f.currency}`}>{money(f.spend, f.currency ?? '')}</Fact></dd></div>}
        {f.last_at && <div><dt>Last seen</dt><dd>{moment(f.last_at)}</dd></div>}
        {about && <div><dd><a href={about}>Look at what it is about</a></dd></div>}
        {f.example && <div><dt>Example</dt><dd><code class="example">{f.example}</code></dd></div>}
      </dl>
    </article>
  )
}
