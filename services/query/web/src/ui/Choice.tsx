import { url, type Query } from '../lib/api'

/** Choice is a small set of alternatives, all in sight. */
export function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (v: string) => void }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([id, text]) => <button key={id} aria-pressed={id === value} onClick={() => onChange(id)}>{text}</button>)}
    </div>
  )
}

/** Exports are the same answer for programs and spreadsheets. */
export function Exports({ path, query }: { path: string; query: Query }) {
  return <span class="exports"><span class="note">Export</span>{['csv', 'parquet', 'json'].map((f) => <a key={f} href={url(path, { ...query, format: f })} download>{f === 'parquet' ? 'Parquet' : f.toUpperCase()}</a>)}</span>
}
