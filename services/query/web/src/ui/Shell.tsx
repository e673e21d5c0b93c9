// The frame around every place: where one is, who one is, how fresh the figures are.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { go, href, useAddress, type Place } from '../lib/address'
import { useAnswer } from '../lib/api'
import { age, list, moment } from '../lib/format'
import { ageSeconds, isPaused, pause, useFresh } from '../lib/live'
import { roleOf } from '../lib/role'
import { role, roles } from '../lib/roles'
import type { Me } from '../lib/scope'
import { plainWord } from '../lib/words'
import { Asking } from './Asking'
import { Views } from './Views'

export const placeNames: Record<Place, [string, string]> = {
  outcomes: ['Outcomes', 'Are we on course?'], channels: ['Channels', 'Where do we win, where do we waste?'], tracking: ['Tracking', 'Can we trust it?'],
  measurement: ['Measurement', 'Why does this get credit?'], iteration: ['Iteration', 'What did we learn?'],
}

const icons: Record<Place, string> = {
  outcomes: 'M3 17l5-6 4 3 8-9M15 5h5v5', channels: 'M4 20V11M10 20V4M16 20v-6M22 20H2', tracking: 'M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4',
  measurement: 'M3 6c7 0 7 6 12 6h6M3 18c7 0 7-6 12-6', iteration: 'M20 12a8 8 0 1 1-3-6.2M20 3v5h-5',
}

const carried = ['workspace', 'model', 'basis', 'period', 'from', 'to', 'compare', 'as_of', 'currency', 'channel', 'role']

export function Shell({ children, controls }: { children: ComponentChildren; controls?: ComponentChildren }) {
  const { place, params } = useAddress()
  const kept = Object.fromEntries(Object.entries(params).filter(([k]) => carried.includes(k)))
  return (
    <div class="shell">
      <a class="skip" href="#main" target="_self">Skip to the figures</a>
      <header class="top">
        <a class="brand" href={href(place, {})}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 4c5 0 5 8 10 8h8M3 20c5 0 5-8 10-8M3 12h10" /></svg>Tributary</a>
        <nav class="places" aria-label="Places">
          {(Object.keys(placeNames) as Place[]).map((p) => (
            <a key={p} href={href(p, kept)} aria-current={p === place ? 'page' : undefined} title={placeNames[p][1]}>
              <svg viewBox="0 0 24 24" aria-hidden="true"><path d={icons[p]} /></svg><span>{placeNames[p][0]}</span>
            </a>
          ))}
        </nav>
        <div class="top-end">
          <Freshness />
          <RoleChoice />
          <Views />
          <Theme />
        </div>
        <Asking />
      </header>
      {controls}
      <main id="main" tabIndex={-1}>{children}</main>
      <footer class="foot"><span>Every figure opens what it is made of. </span><a href="/docs">API</a><a href="/docs/data">Data</a><button class="link" onClick={() => print()}>Print</button></footer>
    </div>
  )
}

const staleAfter = 600

function Freshness() {
  const fresh = useFresh()
  const seconds = ageSeconds(fresh)
  const paused = isPaused()
  const state = !fresh.connected && fresh.recordedAt !== null ? 'cut' : seconds === null ? 'unknown' : seconds > staleAfter ? 'stale' : 'current'
  // Before the first answer nobody knows.
  const text = seconds === null ? (fresh.connected ? 'nothing recorded yet' : 'asking for the latest') : <><span class="fresh-words">latest event </span>{age(seconds)}</>
  return (
    <button class={`fresh ${paused ? 'paused' : state}`} onClick={() => pause(!paused)} aria-pressed={paused} title={(fresh.recordedAt ? `Latest event shown: ${moment(new Date(fresh.recordedAt).toISOString())}. ` : '') + (fresh.connected ? 'Live. ' : 'Not connected to live updates; trying again. Figures are still asked for when the page is opened or changed. ') + (paused ? 'Paused: click to go on.' : 'Click to hold the figures still.')}>
      <i aria-hidden="true" /><span class="fresh-long">{paused ? 'held · ' : state === 'cut' ? 'not live · ' : ''}{text}</span>
    </button>
  )
}

/** rights are what the service lets somebody do, in words. */
const rights: Record<string, string> = { read: 'read', save_views: 'save views', close_periods: 'close months', change_rates: 'change exchange rates' }

function RoleChoice() {
  const { params } = useAddress()
  const current = roleOf(params)
  const me = useAnswer<Me>('/me', {}, false).data
  const choose = (id: string) => {
    const r = role(id)
    try { localStorage.setItem('tributary.role', id) } catch { /* the address remembers it */ }
    go(href(r.start.place, { ...(params.workspace ? { workspace: params.workspace } : {}), ...r.start.params, role: id }))
  }
  return (
    <label class="role" title={`${current.about}${me ? ` You are signed in as ${me.name}, ${me.role}: you may ${list(me.can.map((c) => rights[c] ?? plainWord(c)))}.` : ''}`}><span class="hidden">View for</span>
      <select value={current.id} onChange={(e) => choose(e.currentTarget.value)}>{roles.map((r) => <option key={r.id} value={r.id}>{r.label}</option>)}</select>
    </label>
  )
}

function Theme() {
  const [theme, set] = useState(document.documentElement.dataset.theme ?? '')
  const next = theme === '' ? 'dark' : theme === 'dark' ? 'light' : ''
  const names: Record<string, string> = { '': 'as the system', dark: 'dark', light: 'light' }
  const choose = () => {
    if (next) document.documentElement.dataset.theme = next
    else delete document.documentElement.dataset.theme
    try { if (next) localStorage.setItem('tributary.theme', next); else localStorage.removeItem('tributary.theme') } catch { /* it holds until the page closes */ }
    set(next)
    dispatchEvent(new Event('themechange'))
  }
  return <button class="icon" onClick={choose} aria-label={`Colours: ${names[theme]}. Change to ${names[next]}`} title={`Colours: ${names[theme]}`}><svg viewBox="0 0 24 24" aria-hidden="true"><path d={theme === 'dark' ? 'M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z' : theme === 'light' ? 'M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19' : 'M12 4a8 8 0 1 1 0 16zM12 4a8 8 0 1 0 0 16'} /></svg></button>
}
