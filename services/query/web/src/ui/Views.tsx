// Saved views: an address under a name, kept by the service.
import { useState } from 'preact/hooks'
import { Failure, forget, send, useAnswer } from '../lib/api'
import { href, useAddress } from '../lib/address'
import { day } from '../lib/format'
import { role } from '../lib/roles'
import type { Me } from '../lib/scope'

interface View { id: string; name: string; address: string; role: string; updated_at: string; updated_by: string }

export function Views() {
  const [open, set] = useState(false)
  return (
    <div class="views" onKeyDown={(e) => e.key === 'Escape' && set(false)}>
      <button class="icon" aria-expanded={open} aria-label="Saved views" title="Saved views" onClick={() => set(!open)}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 3h12v18l-6-5-6 5z" /></svg></button>
      {open && <Menu close={() => set(false)} />}
    </div>
  )
}

function Menu({ close }: { close: () => void }) {
  const { place, params } = useAddress()
  const answer = useAnswer<{ views?: View[]; rows?: View[] } | View[]>('/views', { workspace: params.workspace }, false)
  const [name, setName] = useState('')
  const [failed, setFailed] = useState('')
  const [copied, setCopied] = useState(false)
  const me = useAnswer<Me>('/me', {}, false).data
  const views = Array.isArray(answer.data) ? answer.data : answer.data?.views ?? answer.data?.rows ?? []
  const here = href(place, { ...params, explain: '', journey: '' })
  const done = (work: Promise<unknown>) => work.then(() => { forget('/views'); setName(''); setFailed(''); answer.again() }, (e) => setFailed(e instanceof Failure ? e.problem.detail || e.problem.title : String(e)))
  const save = (e: Event) => {
    e.preventDefault()
    const id = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
    if (id) void done(send('PUT', `/api/v1/views/${encodeURIComponent(id)}${workspaceOf(params)}`, { name: name.trim(), address: here, role: params.role ?? '' }))
  }
  const may = !me || me.can.includes('save_views')
  const copy = () => void navigator.clipboard?.writeText(location.href).then(() => setCopied(true), () => setFailed('The browser does not let this page copy: take the address from its bar.'))
  if (answer.error?.missing) return <div class="menu" role="dialog" aria-label="Saved views"><p class="note">This service keeps no views: its Kafka is not configured. The address of this page holds the whole view: bookmark it, or send it.</p><button class="button small" onClick={copy}>{copied ? 'Copied' : 'Copy the address'}</button>{failed && <p class="note bad" role="alert">{failed}</p>}</div>
  return (
    <div class="menu" role="dialog" aria-label="Saved views">
      {views.length === 0 && !answer.loading && <p class="note">No view is saved yet. A view is this page with its filters, under a name that everybody here sees.</p>}
      <ul>{views.map((v) => <li key={v.id}><a href={v.address} onClick={close} aria-current={v.address === here ? 'page' : undefined} title={`Saved by ${v.updated_by}, ${day(v.updated_at.slice(0, 10))}`}>{v.name}{v.role && <small> {role(v.role).label}</small>}</a>{may && <button class="icon small" aria-label={`Delete the view ${v.name}`} onClick={() => done(send('DELETE', `/api/v1/views/${encodeURIComponent(v.id)}${workspaceOf(params)}`))}>✕</button>}</li>)}</ul>
      {answer.loading && <p class="note">Loading</p>}
      {answer.error && <p class="note bad" role="alert">{answer.error.message}</p>}
      {may ? <form onSubmit={save}><input aria-label="Name of this view" placeholder="Name of this view" maxLength={80} value={name} onInput={(e) => setName(e.currentTarget.value)} /><button class="button small" disabled={!name.trim()}>Save</button></form> : <p class="note">Saving a view takes the role editor; you are {me!.role}.</p>}
      <button class="link" onClick={copy}>{copied ? 'Address copied' : 'Copy this page’s address'}</button>
      {failed && <p class="note bad" role="alert">{failed}</p>}
    </div>
  )
}

const workspaceOf = (params: Record<string, string>) => (params.workspace ? '?workspace=' + encodeURIComponent(params.workspace) : '')
