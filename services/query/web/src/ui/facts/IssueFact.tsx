// A count of the quality report explained: what was looked at, how many of them are wrong, an example, and what to do.
import { count, exactMoney, moment, percent, range } from '../../lib/format'
import { useScope } from '../../lib/scope'
import { plainWord, readable, sentenceCase } from '../../lib/words'
import { issueAddress, useQuality } from '../../places/tracking/Quality'
import { DrawerHead } from '../DrawerHead'
import type { OfFact } from '../Fact'
import { Skeleton } from '../Panel'
import { Trouble } from '../States'

export function IssueFact({ aspect, parts: [section = '', code = '', subject = ''], close }: OfFact) {
  const { period } = useScope()
  const answer = useQuality()
  const s = answer.data?.sections.find((x) => x.id === section)
  const f = s?.findings.find((x) => x.code === code && Object.values(x.subject).join(' ') === subject)
  const to = f && issueAddress(f)
  return (
    <>
      <DrawerHead close={close} title={f ? readable(f.sentence) : 'A finding of the quality report'} crumbs={<>Tracking<span aria-hidden="true">›</span><span>{sentenceCase(plainWord(section))}</span></>} />
      <div class="drawer-body">
        {!answer.data && (answer.error ? <Trouble error={answer.error} again={answer.again} /> : <Skeleton height={160} />)}
        {answer.data && !f && <p>The report of this period does not find it any more.</p>}
        {f && (
          <>
            <section>
              <div class="amount">{aspect === 'spend' ? exactMoney(f.spend ?? '', f.currency ?? '') : count(f.count)}</div>
              {f.of > 0 && <p>{count(f.count)} of {count(f.of)} that were looked at: {percent(f.count / f.of)}.</p>}
              {f.spend && Number(f.spend) > 0 && <p>{exactMoney(f.spend, f.currency ?? '')} were spent on them.</p>}
            </section>
            <section><h3>What it counts</h3><p>{range(period.from, period.to)}{f.last_at && `, last seen on ${moment(f.last_at)}`}.</p>
              <dl class="evidence">{Object.entries(f.subject).filter(([, v]) => v).map(([k, v]) => <div key={k}><dt>{sentenceCase(plainWord(k))}</dt><dd>{v}</dd></div>)}</dl>
              {f.example && <p>For example <code class="example">{f.example}</code></p>}
            </section>
            <section><h3>What to do</h3><p>{sentenceCase(f.fix.replace(/\.?$/, '.'))}</p>{to && <p><a href={to}>Look at what it is about</a></p>}</section>
          </>
        )}
      </div>
    </>
  )
}
