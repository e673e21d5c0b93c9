import { useState } from 'preact/hooks'
import { url, type Query } from '../lib/api'
import { unattributed } from '../lib/channels'
import { count } from '../lib/format'

/** Choice is a small set of alternatives, all in sight. */
export function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (v: string) => void }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([id, text]) => <button key={id} aria-pressed={id === value} onClick={() => onChange(id)}>{text}</button>)}
    </div>
  )
}

/** most is how many rows one answer holds. */
const most = 1000

/** Exports are the same answer for programs and spreadsheets, with all its rows: total is how many there are. What one answer cannot hold is brought
 * together in the CSV, which people open. */
export function Exports({ path, query, total = 0 }: { path: string; query: Query; total?: number }) {
  const [state, set] = useState('')
  if (total > most) {
    const all = () => {
      set('Bringing together…')
      everything(path, query, total, (n) => set(`${count(n)} of ${count(total)} rows…`)).then((file) => { save(file, path.split('/').pop() + '.csv'); set('') }, () => set('It could not be brought together: try again.'))
    }
    return <span class="exports"><span class="note" role="status">{state || 'Export'}</span><button class="link" disabled={state.endsWith('…')} onClick={all}>CSV, all {count(total)}</button>{['parquet', 'json'].map((f) => <a key={f} href={url(path, { ...query, limit: most, offset: undefined, format: f })} download title={`The first ${count(most)} of ${count(total)}`}>{f === 'parquet' ? 'Parquet' : 'JSON'}, first {count(most)}</a>)}</span>
  }
  return <span class="exports"><span class="note">Export</span>{['csv', 'parquet', 'json'].map((f) => <a key={f} href={url(path, { ...query, ...(total > 0 ? { limit: most, offset: undefined } : {}), format: f })} download>{f === 'parquet' ? 'Parquet' : f.toUpperCase()}</a>)}</span>
}

/** everything asks for one part after the other; the head and the row of what no touch earned come with each, and are kept once. */
async function everything(path: string, query: Query, total: number, got: (n: number) => void): Promise<string> {
  let file = ''
  for (let offset = 0; offset < total; offset += most) {
    const answer = await fetch(url(path, { ...query, limit: most, offset, format: 'csv' }))
    if (!answer.ok) throw new Error(String(answer.status))
    const text = (await answer.text()).replace(/\r?\n$/, '')
    file += text.split(/\r?\n/).filter((line, i) => offset === 0 || (i > 0 && !line.startsWith(unattributed) && !line.startsWith(`"${unattributed}`))).map((line) => line + '\n').join('')
    got(Math.min(total, offset + most))
  }
  return file
}

/** save gives a text to the browser as a file. */
function save(text: string, name: string) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
