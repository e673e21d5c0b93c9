// A bridge as a waterfall, read downward: what was known, what moved it and by how much, what is known now.
import { useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'

export interface Fall { id: string; label: string; sentence?: string; amount: number; text: string; exact: string; detail?: ComponentChildren }
interface End { label: string; amount: number; text: ComponentChildren }
interface Props { from: End; to: End; falls: Fall[] }

export function Waterfall({ from, to, falls }: Props) {
  const [open, set] = useState('')
  let at = from.amount
  const steps = falls.map((f) => { const start = at; at += f.amount; return { ...f, start, end: at } })
  const low = Math.min(0, from.amount, to.amount, ...steps.map((s) => s.end)), high = Math.max(0, from.amount, to.amount, ...steps.map((s) => s.end))
  const width = high - low || 1
  const x = (v: number) => `${(100 * (v - low)) / width}%`
  const span = (a: number, b: number) => `${Math.max(0.15, (100 * Math.abs(b - a)) / width)}%`
  const end = ({ label, amount, text }: End) => (
    <li class="fall-end"><span>{label}</span><svg width="100%" height="20" aria-hidden="true"><rect x={x(Math.min(0, amount))} width={span(0, amount)} y="3" height="14" rx="2" class="fall-total" /></svg><b>{text}</b></li>
  )
  return (
    <ol class="waterfall">
      {end(from)}
      {steps.map((s) => (
        <li key={s.id}>
          {s.detail ? <button class="link plain" aria-expanded={open === s.id} onClick={() => set(open === s.id ? '' : s.id)}>{s.label}</button> : <span>{s.label}</span>}
          <svg width="100%" height="20" aria-hidden="true"><line x1={x(s.start)} x2={x(s.start)} y1="-6" y2="17" class="zero-line" /><rect x={x(Math.min(s.start, s.end))} width={span(s.start, s.end)} y="3" height="14" rx="2" class={s.amount < 0 ? 'fall-down' : 'fall-up'} /></svg>
          {s.detail ? <button class="figure" title={s.exact} aria-label={`${s.text}. Show what ${s.label} is made of`} onClick={() => set(open === s.id ? '' : s.id)}>{s.text}</button> : <span title={s.exact}>{s.text}</span>}
          {open === s.id && <div class="fall-detail">{s.sentence && <p>{s.sentence}</p>}{s.detail}</div>}
        </li>
      ))}
      {end(to)}
    </ol>
  )
}
