// A panel: a sentence computed from the data, then the picture, then the table.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Failure } from '../lib/api'
import { Empty, Trouble } from './States'

interface Props {
  title?: string; note?: ComponentChildren; actions?: ComponentChildren; children?: ComponentChildren; loading?: boolean; error?: Failure; again?: () => void
  /** height reserves room while the answer is on its way, so that nothing jumps. */
  height?: number; wide?: boolean; id?: string; missing?: ComponentChildren
}

export function Panel({ title, note, actions, children, loading, error, again, height = 240, wide, id, missing }: Props) {
  const heading = useId()
  const waiting = loading && !title
  return (
    <section class={'panel' + (wide ? ' wide' : '')} aria-labelledby={heading} aria-busy={!!loading} id={id}>
      <header class="panel-head">
        <div>
          <h2 id={heading}>{waiting ? <span class="skeleton line">Loading</span> : title ?? 'This cannot be shown right now'}</h2>
          {note && <p class="note">{note}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {waiting ? <Skeleton height={height} /> : error && !children ? (error.missing && missing ? <Empty>{missing}</Empty> : <Trouble error={error} again={again} />) : children}
    </section>
  )
}

export function Skeleton({ height }: { height: number }) {
  return (
    <svg class="skeleton block" width="100%" height={height} aria-hidden="true" preserveAspectRatio="none">
      {Array.from({ length: Math.max(1, Math.floor(height / 40)) }, (_, i) => <rect key={i} x="0" y={i * 40 + 8} width={`${92 - ((i * 29) % 54)}%`} height="20" rx="6" />)}
    </svg>
  )
}
