// What is shown instead of figures: what went wrong with what to do, and what to send when there is nothing yet.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Failure } from '../lib/api'
import { changed } from '../lib/address'

export function Trouble({ error, again }: { error: Failure; again?: () => void }) {
  const { problem } = error
  const waits = problem.status === 0 || problem.status === 503
  return (
    <div class="state trouble" role="alert">
      <h3>{problem.status === 422 ? 'This question cannot be answered as it stands' : problem.title}</h3>
      <p>{problem.detail || 'The service said nothing more.'}</p>
      <div class="row">
        {again && <button class="button" onClick={again}>{waits ? 'Try again now' : 'Try again'}</button>}
        {problem.status === 422 && <a class="button" href={changed({ model: '', basis: '', currency: '', period: '', from: '', to: '', as_of: '', channel: '', campaign: '', sort: '', group_by: '' })}>Ask with the defaults</a>}
        <a class="quiet" href={error.address}>The question as sent</a>
      </div>
      {waits && <p class="note">It is tried again every five seconds.</p>}
    </div>
  )
}

export const Empty = ({ children }: { children: ComponentChildren }) => <div class="state empty">{children}</div>

export function Lines({ children, label = 'Copy' }: { children: string; label?: string }) {
  const [copied, set] = useState(false)
  const copy = () => {
    navigator.clipboard?.writeText(children).then(() => { set(true); setTimeout(() => set(false), 1500) }, () => set(false))
  }
  return (
    <div class="lines">
      <pre tabIndex={0}><code>{children}</code></pre>
      <button class="button small" onClick={copy} aria-live="polite">{copied ? 'Copied' : label}</button>
    </div>
  )
}
