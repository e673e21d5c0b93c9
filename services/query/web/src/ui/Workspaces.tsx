// Which workspace the figures are of, where somebody may read more than one.
import { change, changed } from '../lib/address'
import { useAnswer } from '../lib/api'
import type { Me } from '../lib/scope'

/** Workspaces is the choice among the bars of what figures mean. What belongs to one workspace does not go along to another. */
export function Workspaces({ current }: { current: string }) {
  const all = useAnswer<Me>('/me', {}, false).data?.workspaces ?? []
  if (all.length < 2) return null
  const choose = (name: string) => change({ ...leave, workspace: name === all[0]!.name ? '' : name })
  return <label class="control"><span class="hidden">Workspace</span><select value={current} title="Workspace" onChange={(e) => choose(e.currentTarget.value)}>{all.map((w) => <option key={w.name} value={w.name}>{w.name}</option>)}</select></label>
}

/** OtherWorkspaces leads out of a workspace that holds nothing. */
export function OtherWorkspaces({ current }: { current: string }) {
  const all = useAnswer<Me>('/me', {}, false).data?.workspaces ?? []
  if (all.length < 2) return null
  return <p class="row">Other workspaces: {all.filter((w) => w.name !== (current || all[0]!.name)).map((w) => <a key={w.name} href={changed({ ...leave, workspace: w.name === all[0]!.name ? '' : w.name })}>{w.name}</a>)}</p>
}

/** leave is what belongs to one workspace alone. */
const leave = { channel: '', campaign: '', explain: '', journey: '', at: '', cursor: '', offset: '', q: '', account: '', currency: '', model: '', from: '', to: '', pipeline: '', conversion_type: '' }
