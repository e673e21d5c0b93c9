// The four things that change what a figure means, in sight and in reach on every page: model, date basis, period, as of; and what it is compared with.
import { useState } from 'preact/hooks'
import { change, changed, useAddress } from '../lib/address'
import { comparisons, defaultPeriod, periods, useScope } from '../lib/scope'
import { day, range } from '../lib/format'
import { modelLabel, modelRules } from '../lib/measures'
import { today } from '../lib/days'
import { ChannelMark } from './Mark'
import { Workspaces } from './Workspaces'

export function Controls() {
  const scope = useScope()
  const { place, params } = useAddress()
  // The funnel follows people and deals through every channel: one of them can only be marked there.
  const marked = place === 'measurement' && params.tab === 'funnel'
  const [open, setOpen] = useState(false)
  const [dating, setDating] = useState(false)
  const models = scope.bounds.answer.available_models
  const custom = !!(params.from || params.to)
  const chosen = custom ? 'custom' : params.period ?? defaultPeriod
  const asOf = scope.asOf ? `as known on ${day(scope.asOf)}` : 'as known now'
  return (
    <section class={'controls' + (open ? ' open' : '')} aria-label="What the figures mean">
      <button class="controls-summary" aria-expanded={open} aria-controls="controls" onClick={() => setOpen(!open)}>
        <span>{modelLabel(scope.model)} · by {scope.basis} date · {range(scope.period.from, scope.period.to)} · {asOf}</span>
        <span class="chevron" aria-hidden="true">{open ? '▴' : '▾'}</span>
      </button>
      <div class="controls-body" id="controls">
        <Workspaces current={scope.bounds.answer.workspace} />
        <label class="control"><span class="hidden">Model</span>
          <select value={scope.model} title={modelRules[scope.model]} onChange={(e) => change({ model: e.currentTarget.value === scope.bounds.answer.model ? '' : e.currentTarget.value })}>
            {models.map((m) => <option key={m} value={m}>{modelLabel(m)}</option>)}
          </select>
        </label>
        <label class="control"><span class="hidden">Counted on</span>
          <select value={scope.basis} title="The day that an outcome counts on" onChange={(e) => change({ basis: e.currentTarget.value === 'touch' ? '' : 'close' })}>
            <option value="touch">by date of touch</option><option value="close">by date of close</option>
          </select>
        </label>
        <label class="control"><span class="hidden">Period</span>
          <select value={chosen} title={`${scope.period.from} to ${scope.period.to}`} onChange={(e) => (e.currentTarget.value === 'custom' ? change({ from: scope.period.from, to: scope.period.to, period: '' }) : change({ from: '', to: '', period: e.currentTarget.value === defaultPeriod ? '' : e.currentTarget.value }))}>
            {periods.map(([id, label]) => <option key={id} value={id}>{label}</option>)}<option value="custom">own dates</option>
          </select>
        </label>
        {custom ? (
          <span class="control dates"><label><span class="hidden">From</span><input type="date" value={scope.period.from} max={scope.period.to} onChange={(e) => e.currentTarget.value && change({ from: e.currentTarget.value })} /></label><span aria-hidden="true">–</span><label><span class="hidden">To</span><input type="date" value={scope.period.to} min={scope.period.from} onChange={(e) => e.currentTarget.value && change({ to: e.currentTarget.value })} /></label></span>
        ) : <span class="control range" title={`${scope.period.from} to ${scope.period.to}`}>{range(scope.period.from, scope.period.to)}</span>}
        <label class="control"><span class="hidden">Compared with</span>
          <select value={params.compare ?? 'before'} title={scope.before ? range(scope.before.from, scope.before.to) : 'nothing'} onChange={(e) => change({ compare: e.currentTarget.value === 'before' ? '' : e.currentTarget.value })}>
            {comparisons.map(([id, label]) => <option key={id} value={id}>against {label}</option>)}
          </select>
        </label>
        {scope.partial && <span class="control doubt" title={`The first figure is of ${day(scope.bounds.first)}: a comparison with less than a whole period would show growth that is none`}>no whole period before</span>}
        <label class="control"><span class="hidden">As known</span>
          <select value={scope.asOf || dating ? 'then' : 'now'} title="What was known when" onChange={(e) => { if (e.currentTarget.value === 'now') { setDating(false); change({ as_of: '' }) } else setDating(true) }}>
            <option value="now">as known now</option><option value="then">as known on</option>
          </select>
        </label>
        {(scope.asOf || dating) && <label class="control"><span class="hidden">Day of what was known</span><input type="date" value={scope.asOf.slice(0, 10)} min={scope.bounds.first} max={today()} onChange={(e) => change({ as_of: e.currentTarget.value })} /></label>}
        {scope.channel && <a class="chip" href={changed({ channel: '', campaign: '' })} aria-label={`Show all channels, not only ${scope.channel}`}><ChannelMark channel={scope.channel} /> <bdi>{scope.channel}</bdi>{scope.campaign && <> · <bdi>{scope.campaign}</bdi></>}{marked && ', marked below'} <span aria-hidden="true">✕</span></a>}
        <span class="control currency" title="Currency of every amount">{scope.currency}</span>
      </div>
    </section>
  )
}
