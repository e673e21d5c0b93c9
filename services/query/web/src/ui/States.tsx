// What is shown instead of figures: what went wrong with what to do, and what to send when there is nothing yet.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Failure } from '../lib/api'
import { changed } from '../lib/address'

const titles: Record<number, string> = { 401: 'You are not signed in', 403: 'You may not see this', 422: 'This question cannot be answered as it stands', 429: 'Too many questions at once', 500: 'Something went wrong in the service', 502: 'The service is not there right now', 503: 'The service cannot answer right now', 504: 'The answer takes too long' }
const advice: Record<number, string> = {
  401: 'Load the page again and give an API token as the password.', 403: 'Who runs Tributary gives tokens for workspaces and roles (query.tokens in the configuration).',
  429: 'Too many questions are under way at once; it passes.', 500: 'The service’s log says what went wrong, under the time of the question.',
}

export function Trouble({ error, again }: { error: Failure; again?: () => void }) {
  const { problem } = error
  const waits = problem.status === 0 || problem.status === 503
  return (
    <div class="state trouble" role="alert">
      <h2>{titles[problem.status] ?? problem.title}</h2>
      <p>{problem.detail || 'The service said nothing more.'}</p>
      {advice[problem.status] && <p class="note">{advice[problem.status]}</p>}
      <div class="row">
        {again && <button class="button" onClick={again}>{waits ? 'Try again now' : 'Try again'}</button>}
        {problem.status === 422 && <a class="button" href={changed({ workspace: '', model: '', basis: '', currency: '', period: '', from: '', to: '', as_of: '', channel: '', campaign: '', sort: '', group_by: '' })}>Ask with the defaults</a>}
        {problem.status === 504 && <a class="button" href={changed({ period: '30d', from: '', to: '', compare: 'none' })}>Ask for 30 days</a>}
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
