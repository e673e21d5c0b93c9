// Paths: the channels that journeys went through, as a Sankey and as a table.
import { useAnswer } from '../../lib/api'
import { change, useAddress } from '../../lib/address'
import { isGap, meet } from '../../lib/channels'
import { count, days, money, percent, range } from '../../lib/format'
import { modelLabel } from '../../lib/measures'
import { useScope } from '../../lib/scope'
import { pathsQuestion, type PathsAnswer } from '../../lib/paths'
import { Sankey } from '../../charts/Sankey'
import { Choice, Exports } from '../../ui/Choice'
import { Fact, factOf } from '../../ui/Fact'
import { Panel } from '../../ui/Panel'
import { Sentence } from '../../ui/Sentence'
import { Plain } from '../../ui/Table'
import { Path } from './Journeys'

const kinds: [string, string][] = [['', 'All'], ['opportunity', 'Deals'], ['conversion', 'Conversions']]
const ways: [string, string][] = [['exposure', 'Repeats as one'], ['unique', 'Each once'], ['none', 'Every touch']]

/** fewest is the share of journeys below which a band is left out of the picture: hairlines hide the flow. */
const fewest = 0.004

export function Paths() {
  const scope = useScope()
  const { params } = useAddress()
  const question = pathsQuestion(scope, params)
  const answer = useAnswer<PathsAnswer>('/paths', question)
  const p = answer.data
  if (p) meet(p.nodes.map((n) => n.channel))
  const least = p ? Math.max(1, p.totals.journeys * fewest) : 1
  const links = p?.links.filter((l) => l.journeys >= least) ?? []
  return (
    <>
      <Sentence answer={answer} sentence={p && sentence(p)} scope={<>Journeys {range(scope.period.from, scope.period.to)} · touches that the {modelLabel(p?.model ?? 'linear')} model credits · {p?.currency ?? scope.currency}{p && ` · ${count(p.totals.without_touch)} journeys without any touch have no path`}</>} missing={<p>Single journeys are under Journeys.</p>} />
      {(p || !answer.error) && (
        <>
          <div class="toolbar">
            <Choice label="Journeys" value={params.kind === 'all' ? '' : (params.kind ?? 'opportunity')} options={kinds} onChange={(v) => change({ kind: v || 'all' })} />
            <Choice label="Repeats" value={params.collapse ?? 'exposure'} options={ways} onChange={(v) => change({ collapse: v === 'exposure' ? '' : v })} />
            <Exports path="/paths" query={question} />
          </div>
          <Panel title={p && flowTitle(p)} loading={answer.loading} height={440} note={p && `Band: journeys from one channel to the next. ${links.length < p.links.length ? `${p.links.length - links.length} bands of fewer than ${Math.ceil(least)} journeys are left out here and counted in the table.` : ''} Click a channel to follow it.`} wide>
            {p && <Sankey nodes={p.nodes} links={links} chosen={scope.channel} choose={(c) => change({ channel: c === scope.channel ? '' : c })} />}
          </Panel>
          <Panel title={p && lengthTitle(p)} loading={answer.loading} height={360} wide>
            {p && <Plain label="Paths" long numbers={[1, 2, 3, 4, 5]} head={['Path', 'Journeys', 'Share', 'Customers', `Return, ${p.currency}`, 'Median time']} rows={p.paths.map((r) => [<Path channels={r.channels} words />, <Fact of={factOf('path', ...r.channels)} what={`journeys by ${r.channels.join(', ')}`}>{count(r.journeys)}</Fact>, percent(r.share), count(r.customers), <span title={`${r.value} ${r.currency}`}>{money(r.value, r.currency)}</span>, days(r.median_days)])} />}
          </Panel>
        </>
      )}
    </>
  )
}

/** sentence says how journeys begin and end: single paths are mostly taken once, their ends are not. */
function sentence(p: PathsAnswer): string {
  const first = [...p.nodes].filter((n) => n.step === 1).sort((a, b) => b.journeys - a.journeys)[0]
  if (!first || !p.totals.journeys) return p.headline
  const out = new Set(p.links.map((l) => l.from))
  const ends = new Map<string, number>()
  for (const n of p.nodes) if (!out.has(n.id) || n.step === Math.max(...p.nodes.map((x) => x.step))) ends.set(n.channel, (ends.get(n.channel) ?? 0) + n.journeys)
  const last = [...ends].filter(([c]) => !isGap(c)).sort((a, b) => b[1] - a[1])[0]
  return `${first.channel} opens ${percent(first.journeys / p.totals.journeys)} of ${count(p.totals.journeys)} journeys${last && last[0] === first.channel ? ', and ends most of the longer ones' : last ? `; the longer ones end most often with ${last[0]}` : ''}.`
}

function flowTitle(p: PathsAnswer): string {
  const name = (id: string) => p.nodes.find((n) => n.id === id)?.channel ?? id
  const top = p.links.filter((l) => !isGap(name(l.from)) && !isGap(name(l.to))).sort((a, b) => b.journeys - a.journeys)[0]
  return top ? `The widest move is from ${name(top.from)} to ${name(top.to)}: ${count(top.journeys)} of ${count(p.totals.journeys)} journeys.` : `${count(p.totals.journeys)} journeys, none with more than one step.`
}

function lengthTitle(p: PathsAnswer): string {
  const all = p.lengths.reduce((s, l) => s + l.journeys, 0)
  const long = p.lengths.filter((l) => l.touches > 1).reduce((s, l) => s + l.journeys, 0)
  return all ? `${percent(long / all)} of ${count(all)} journeys had more than one touch; last touch alone would hide the rest of each.` : 'No journey has a path in this period.'
}
