// The link builder: tags that count as they should, by the conventions of the workspace.
import { useState } from 'preact/hooks'
import { isAnswered } from '../../lib/answered'
import { Failure, send, url } from '../../lib/api'
import { useScope } from '../../lib/scope'
import { ChannelName } from '../../ui/Mark'
import { Panel } from '../../ui/Panel'
import { Lines } from '../../ui/States'

interface Built { link: string; channel?: string; findings?: { reason?: string; fix?: string; field?: string }[] }

const fields: [string, string, string][] = [['source', 'Source: who sends them', 'google'], ['medium', 'Medium: how', 'cpc'], ['campaign', 'Campaign', 'spring-launch'], ['id', 'Campaign’s id on the platform', 'g-100'], ['content', 'Content: which ad', 'headline-a'], ['term', 'Term', '']]

export function LinkBuilder() {
  const { query } = useScope()
  const [values, set] = useState<Record<string, string>>({})
  const [built, setBuilt] = useState<Built>()
  const [failed, setFailed] = useState('')
  if (!isAnswered('/links')) return null
  const submit = (e: Event) => {
    e.preventDefault()
    send<Built>('POST', url('/links', { workspace: query.workspace }), values).then((b) => { setBuilt(b); setFailed('') }, (error) => { setBuilt(undefined); setFailed(error instanceof Failure ? error.message : String(error)) })
  }
  const input = (name: string, label: string, hint: string, kind?: string) => <label class={kind}>{label}<input value={values[name] ?? ''} placeholder={hint} required={name === 'address'} inputMode={name === 'address' ? 'url' : 'text'} onInput={(e) => set({ ...values, [name]: e.currentTarget.value })} /></label>
  const title = failed ? 'This link cannot be built yet.' : built ? (built.findings?.length ? `The link works, with ${built.findings.length} ${built.findings.length === 1 ? 'thing' : 'things'} to look at.` : `A visit by this link counts${built.channel ? ` as ${built.channel}` : ''}.`) : 'A link that is built here counts as it should.'
  return (
    <Panel title={title} note="Values are tidied by the conventions of this workspace; nothing is kept.">
      <form class="builder" onSubmit={submit}>{input('address', 'Page to link to', 'https://www.example.com/spring', 'wide-field')}{fields.map(([n, l, h]) => input(n, l, h))}<button class="button first">Build the link</button></form>
      <div aria-live="polite">
        {failed && <p class="note bad" role="alert">{failed}</p>}
        {built && <><Lines>{built.link}</Lines>{built.channel && <p class="note">Counts as <ChannelName channel={built.channel} /></p>}{built.findings?.map((f, i) => <p class="note" key={i}>{f.reason} {f.fix}</p>)}</>}
      </div>
    </Panel>
  )
}
