// What is true of tracking, said from the campaigns themselves and from the pipeline's report.
import * as f from '../lib/format'
import { measure } from '../lib/measures'
import { brief } from '../lib/names'
import { stageName, type PipelineAnswer } from '../lib/pipeline'
import type { Channels, Row } from '../lib/types'
import { sentenceCase } from '../lib/words'

/** arrival is the share of paid clicks that became a touch; more touches than clicks are people who came back. */
export const arrival = (r: Row) => (r.clicks > 0 ? Math.min(1, r.touchpoints / r.clicks) : null)

/** wasted is what was paid for clicks that never became a touch. */
export const wasted = (r: Row) => Number(r.spend) * (1 - (arrival(r) ?? 1))

const lost = (thin: Row[]) => (thin.length === 0 ? '' : `${thin.length === 1 ? `${brief(thin[0]!.campaign || thin[0]!.channel)} loses` : `${thin.length} campaigns lose`} more than three of four clicks before the site`)

/** trackingSentence counts what is untagged, unseen or unpaid, and what comes without a source. */
export function trackingSentence(a: Channels, wrong: number, thin: Row[]): string {
  if (a.totals.touchpoints === 0) return Number(a.totals.spend) > 0 ? 'Money is spent, and no touch is recorded in this period.' : 'No touch is recorded in this period.'
  const direct = a.rows.filter((r) => r.channel === 'Direct' || r.channel === 'Unassigned').reduce((s, r) => s + r.touchpoints, 0)
  const first = wrong ? `${wrong} ${wrong === 1 ? 'campaign is' : 'campaigns are'} untagged, unseen or without spend` : Number(a.totals.spend) > 0 ? 'Every campaign with spend is seen, and every bought touch names its campaign' : 'No spend is reported'
  return `${first}; ${f.percent(direct / a.totals.touchpoints)} of touches come without a source${thin.length ? `, and ${lost(thin)}` : ''}.`
}

/** withLosses keeps a report that finds nothing wrong from hiding clicks that never arrive. */
export function withLosses(headline: string, thin: Row[]): string {
  if (!thin.length) return headline
  const bare = headline.replace(/\.$/, '')
  return `${bare}${/^nothing is wrong/i.test(bare) ? '; but' : '. And'} ${lost(thin)}.`
}

/** coverageTitle names the measure that touches explain least. */
export function coverageTitle(a: Channels): string {
  const known = Object.entries(a.totals.coverage_by_measure).filter((e): e is [string, number] => e[1] !== null)
  if (!known.length) return 'There is no outcome to attribute in this period.'
  const worst = known.sort((x, y) => x[1] - y[1])[0]!
  if (worst[1] >= 1) return 'Every outcome of the period has a touch that earned it.'
  const gap = 1 - worst[1]
  return `${measure(worst[0]).label} ${measure(worst[0]).kind === 'money' ? 'is' : 'are'} the least explained: ${gap < 0.0005 ? 'less than 0.1%' : f.percent(gap)} ${measure(worst[0]).kind === 'money' ? 'has' : 'have'} no touch.`
}

/** brokenTitle counts links to mend; of is how many campaigns were looked at, where there are more. */
export function brokenTitle(untagged: Row[], unseen: Row[], unpaid: Row[], of = 0): string {
  const parts = [unseen.length ? `${f.count(unseen.length)} with spend but no touch` : '', untagged.length ? `${f.count(untagged.length)} without a campaign name` : '', unpaid.length ? `${f.count(unpaid.length)} without spend` : ''].filter(Boolean)
  if (of) return parts.length ? `Links to mend among the ${f.count(of)} campaigns that cost most: ${f.list(parts)}.` : `No link to mend among the ${f.count(of)} campaigns that cost most.`
  return parts.length ? `Links to mend: ${f.list(parts)}.` : 'No link to mend: campaigns, touches and spend name each other.'
}

/** arriveTitle says it of the campaign that loses most. */
export const arriveTitle = (thin: Row[]) => (thin[0] ? `Of each 100 clicks that ${brief(thin[0].campaign || thin[0].channel)} pays for, ${f.count(Math.round(100 * (arrival(thin[0]) ?? 0)))} arrive as a touch.` : 'Paid clicks arrive.')

export function checksTitle(p: Pick<PipelineAnswer, 'checks'>): string {
  const wrong = p.checks.filter((c) => !c.ok)
  const sums = p.checks.length === 1 ? 'the one sum there is' : `all ${p.checks.length} sums`
  if (!wrong.length) return `The ledger equals the facts in ${sums}, to the minor unit.`
  return `${wrong.length} of ${p.checks.length} ${p.checks.length === 1 ? 'sum' : 'sums'} of the ledger ${wrong.length === 1 ? 'differs' : 'differ'} from the facts: it is catching up, or tributary verify finds what is wrong.`
}

export function stagesTitle(p: Pick<PipelineAnswer, 'stages'>): string {
  const behind = p.stages.filter((s) => s.state === 'behind'), fine = p.stages.filter((s) => s.state === 'ok').length
  if (behind.length) return `${sentenceCase(f.list(behind.map((s) => stageName(s.name))))} ${behind.length === 1 ? 'is' : 'are'} behind.`
  const none = p.stages.filter((s) => s.state === 'empty').length
  if (fine && fine + none === p.stages.length) return 'Every stage keeps up.'
  if (!fine) return 'No stage tells how far it is.'
  return `Nothing is known to be behind; ${fine} of ${p.stages.length} stages ${fine === 1 ? 'tells that it keeps' : 'tell that they keep'} up.`
}

export function rejectedTitle(p: Pick<PipelineAnswer, 'rejected'>): string {
  const all = p.rejected.reduce((s, r) => s + r.count, 0)
  const most = [...p.rejected].sort((x, y) => y.count - x.count)[0]
  if (!most || all === 0) return 'No record was refused in this period.'
  const why = most.reason || most.code
  return all === 1 ? `One record was refused: ${why}; it is kept with its reason.` : `${f.count(all)} records were refused, ${p.rejected.length === 1 ? 'all' : 'most'} for ${why}; each is kept with its reason.`
}
