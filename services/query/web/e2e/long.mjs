// Names of any length: every name in every answer is made long and unbroken, so that what the dashboard does with them is seen without a world of
// such names.

/** tail is what names get: nothing in it breaks a line. */
const tail = '_' + 'unbroken'.repeat(16)

const named = new Set(['channel', 'campaign', 'content', 'landing_page', 'source', 'medium', 'account_id', 'person_id', 'conversion_type', 'stage', 'pipeline', 'step', 'id', 'journey_id', 'referrer_host', 'source_stage'])

/** kept are names that the dashboard tells apart by. */
const kept = new Set(['', '(unattributed)', 'touched', 'identified', 'converted', 'won', 'lost', 'open', 'win', 'leak', 'changed', '…', '...'])

/** stretched makes the names of an answer long, and the same names in its sentences. */
export function stretched(answer) {
  const names = new Set()
  // An amount under "pipeline" is no name, and neither is a node of the paths, which links know by it.
  const isName = (key, v) => typeof v === 'string' && named.has(key) && !kept.has(v) && !v.endsWith(tail) && !/^-?[\d.]+$|^\d+:/.test(v)
  const collect = (v, key) => {
    if (Array.isArray(v)) v.forEach((x) => (key === 'channels' && typeof x === 'string' ? !kept.has(x) && names.add(x) : collect(x, key)))
    else if (v && typeof v === 'object') for (const [k, x] of Object.entries(v)) collect(x, k)
    else if (isName(key, v)) names.add(v)
  }
  collect(answer)
  const inSentences = [...names].filter((n) => n.length > 3).sort((a, b) => b.length - a.length)
  const say = (text) => { for (const n of inSentences) if (text.includes(n)) return text.replaceAll(n, n + tail); return text }
  const write = (v, key) => {
    if (Array.isArray(v)) return v.map((x) => (key === 'channels' && names.has(x) ? x + tail : write(x, key)))
    if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, write(x, k)]))
    if (isName(key, v)) return v + tail
    return ['headline', 'sentence', 'title', 'doubt', 'fix', 'example', 'detail'].includes(key) && typeof v === 'string' ? say(v) : v
  }
  return write(answer)
}

/** lengthen serves a page long names, and gives the service its own back. */
export async function lengthen(page) {
  await page.route(/\/api\/v1\/(?!events|me|views)/, async (route) => {
    const url = decodeURIComponent(route.request().url().replaceAll('+', ' ')).replaceAll(tail, '')
    const response = await route.fetch({ url }).catch(() => undefined)
    if (!response) return route.abort().catch(() => {})
    const text = await response.text()
    const body = (response.headers()['content-type'] ?? '').includes('json') && response.ok() ? JSON.stringify(stretched(JSON.parse(text))) : text
    return route.fulfill({ response, body }).catch(() => {})
  })
}
