// The quality report of the service, section by section, whatever sections it has.
import type { ComponentChildren } from 'preact'
import { useAnswer } from '../../lib/api'
import { count } from '../../lib/format'
import { useScope } from '../../lib/scope'
import { Panel } from '../../ui/Panel'
import { Plain } from '../../ui/Table'

type Cell = string | number | boolean | null | undefined | object
type Record_ = Record<string, Cell>
interface Section { id?: string; title?: string; sentence?: string; headline?: string; note?: string; findings?: Record_[]; rows?: Record_[] }
interface QualityAnswer { headline: string; sections?: Section[] }

const word = (key: string) => { const s = key.replaceAll('_', ' '); return s[0]!.toUpperCase() + s.slice(1) }

function cell(v: Cell): ComponentChildren {
  if (v === null || v === undefined) return '–'
  if (typeof v === 'number') return count(v)
  if (typeof v === 'boolean') return v ? 'yes' : 'no'
  return typeof v === 'object' ? Object.values(v).filter((x) => typeof x !== 'object').join(' · ') : v
}

export function Quality() {
  const { query } = useScope()
  const answer = useAnswer<QualityAnswer>('/quality', { workspace: query.workspace, from: query.from, to: query.to })
  if (!answer.data) return null
  return (
    <>
      {(answer.data.sections ?? []).map((s, i) => {
        const rows = s.findings ?? s.rows ?? []
        const columns = [...new Set(rows.flatMap((r) => Object.keys(r)))].filter((k) => rows.some((r) => r[k] !== '' && r[k] !== null && r[k] !== undefined)).slice(0, 7)
        return (
          <Panel key={s.id ?? i} title={s.title ?? s.headline ?? s.sentence ?? word(s.id ?? 'Quality')} note={s.note ?? (s.title ? s.sentence : undefined)} wide>
            {rows.length > 0 && <Plain label={s.title ?? 'Quality'} numbers={columns.flatMap((k, n) => (rows.every((r) => r[k] === null || r[k] === undefined || typeof r[k] === 'number') ? [n] : []))} head={columns.map(word)} rows={rows.map((r) => columns.map((k) => cell(r[k])))} />}
          </Panel>
        )
      })}
    </>
  )
}
