// A figure on screen: rounded, exact on hover, and one click away from what it is made of.
import { change } from '../lib/address'
import { exact, interval, isSmall, measure, modelLabel, written, type Measure } from '../lib/measures'
import { day, money, percent } from '../lib/format'
import { useSoFar } from '../lib/maturing'
import type { Figures } from '../lib/types'

export interface Subject { channel?: string; campaign?: string
  /** by and detail name what is finer than a campaign: content, landing_page, and which. */
  by?: string; detail?: string
}

const word = (s: string) => encodeURIComponent(s).replaceAll('~', '%7E')

const said = (s: string) => { try { return decodeURIComponent(s) } catch { return s } }

/** explained reads the drawer's place in the address; a word that somebody broke by hand stays as it is. */
export function explained(explain: string): { key: string; subject: Subject } {
  const [key = 'value', channel = '', campaign, by, detail] = explain.split('~').map(said)
  return { key, subject: by ? { channel, by, detail: detail ?? '' } : { channel, campaign: campaign || undefined } }
}

/** explainOf is the drawer's place in the address. */
export const explainOf = (key: string, s: Subject = {}) => [key, s.channel ?? '', s.campaign ?? '', s.by ?? '', s.detail ?? ''].map(word).join('~').replace(/~+$/, '')

interface Props { m: Measure | string; of: Figures; currency: string; subject?: Subject; short?: boolean; plain?: boolean
  /** model is the one that gave the figure, where it is not the page's. */
  model?: string
}

export function Figure({ m: which, of, currency, subject = {}, short, plain, model }: Props) {
  const m = typeof which === 'string' ? measure(which) : which
  const text = written(m, of, currency, short)
  const whose = subject.detail || subject.campaign || subject.channel || 'all channels'
  const small = isSmall(m, of)
  const range = interval(m, of)
  const title = `${m.label} of ${whose}${model ? ` under ${modelLabel(model)}` : ''}: ${exact(m, of, currency)}` + (range ? `; 90% between ${money(range[0], currency)} and ${money(range[1], currency)}` : '') + (small ? `; from ${m.base!(of).toFixed(1)} only: a small sample` : '')
  const zero = m.of(of) === 0 && !plain
  if ((m.of(of) ?? null) === null) return <span class="nothing" title={title}>–</span>
  return (
    <button class={'figure' + (zero ? ' zero' : '')} title={title} aria-label={`${small ? 'few ' : ''}${text}${small ? ', small sample' : ''}. Explain ${m.label} of ${whose}${model ? ` under ${modelLabel(model)}` : ''}`} onClick={() => change({ explain: explainOf(m.key, subject), ...(model ? { model } : {}) })} data-model={model} data-measure={m.key} data-channel={subject.channel} data-campaign={subject.campaign} data-detail={subject.detail}>
      {small && <><abbr class="small-sample" aria-hidden="true">few</abbr>{' '}</>}{text}
    </button>
  )
}

/** ByCampaign stands where a figure would need the cost of something that platforms do not bill by itself; it opens what they do bill. */
export function ByCampaign({ m: which, channel, of }: { m: Measure | string; channel: string; of: string }) {
  const m = typeof which === 'string' ? measure(which) : which
  const title = `${m.label} is known by campaign only: platforms bill campaigns, not each ${of}. Opens the campaigns of ${channel}`
  return <button class="figure by-campaign" title={title} aria-label={`known by campaign only. Explain ${m.label} of ${channel}`} onClick={() => change({ explain: explainOf(m.key, { channel }) })}>by campaign</button>
}

/** Change says how a figure moved against the comparison period. Words and a sign carry it, the colour only underlines. */
export function Change({ m, now, before, currency, long }: { m: Measure; now: Figures; before?: Figures; currency: string; long?: boolean }) {
  const soFar = useSoFar(m)
  if (!before) return null
  const a = m.of(now) ?? null, b = m.of(before) ?? null
  const was = written(m, before, currency, true)
  if (!long && (a === null || b === null || (b === 0 && !a))) return null
  if (a === null || b === null || b === 0) return <span class="change flat" title={`before: ${exact(m, before, currency)}`}>{b === 0 && a ? 'new' : 'no comparison'}{long && b !== null && ` (was ${was})`}</span>
  const by = (a - b) / Math.abs(b)
  const flat = Math.abs(by) < 0.005
  const good = soFar || m.better === undefined || flat ? 'flat' : (by > 0) === (m.better === 'up') ? 'good' : 'bad'
  const text = flat ? 'as before' : Math.abs(by) > 9.995 ? `×${(a / b).toFixed(0)}` : percent(by, true)
  return <span class={'change ' + good} title={`before: ${exact(m, before, currency)}${soFar ? `; outcomes of touches from ${day(soFar)} on are still to come` : ''}`}>{!flat && <span aria-hidden="true">{by > 0 ? '▲' : '▼'}</span>}{text}{soFar && !flat && ' so far'}{long && `${soFar ? ',' : ''} from ${was}`}<span class="hidden">{good === 'good' ? ', better' : good === 'bad' ? ', worse' : ''}</span></span>
}
