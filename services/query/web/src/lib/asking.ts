// Which questions are under way whose answers nobody has seen yet: the frame shows that they are, and that one need not wait for them.
import { useEffect, useState } from 'preact/hooks'

let open = 0
const watchers = new Set<() => void>()

function add(n: number) {
  open += n
  for (const w of watchers) w()
}

/** begin counts a question until what it returns is called, once. */
export function begin(): () => void {
  add(1)
  let ended = false
  return () => { if (!ended) { ended = true; add(-1) } }
}

/** calm is how long an answer may take before anything shows that it does; long is when words say it. */
const calm = 300, long = 4000

/** useAsking tells how long the page has waited for an answer: not worth showing, some time, or long. */
export function useAsking(): '' | 'some' | 'long' {
  const [state, set] = useState<'' | 'some' | 'long'>('')
  useEffect(() => {
    let timers: ReturnType<typeof setTimeout>[] = []
    const watch = () => {
      if (open > 0 && !timers.length) timers = [setTimeout(() => set('some'), calm), setTimeout(() => set('long'), long)]
      if (open === 0 && timers.length) { timers.forEach(clearTimeout); timers = []; set('') }
    }
    watchers.add(watch)
    watch()
    return () => { watchers.delete(watch); timers.forEach(clearTimeout) }
  }, [])
  return state
}
