// What this service answers, as the page that it served says.
const answered = new Set((document.querySelector<HTMLMetaElement>('meta[name=tributary-answers]')?.content ?? '').split(' ').filter((p) => p.startsWith('/')))

/** isAnswered tells whether this service has an endpoint at all, so that nothing is asked in vain. */
export function isAnswered(path: string): boolean {
  if (answered.size === 0) return true
  const parts = ('/api/v1' + path).split('/')
  return [...answered].some((p) => { const q = p.split('/'); return q.length === parts.length && q.every((word, i) => word.startsWith('{') || word === parts[i]) })
}
