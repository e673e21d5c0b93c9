// What a call says about the page it happened on.

/** View is one page as the visitor sees it; in a single-page application there are several in one document. */
export interface View {
  url: string
  referrer: string
}

/** context is Segment's context of a view, as far as the collector takes something from it: utm_* and click ids are in the page's address. */
export const context = (v: View): Record<string, unknown> => ({
  page: { ...v, title: document.title },
})

/** same tells whether two addresses are one page to the visitor: sites tidy campaign parameters away with replaceState. */
export function same(a: string, b: string): boolean {
  const bare = (s: string): string => {
    const u = new URL(s)
    return (
      u.host +
      u.pathname +
      u.search
        .slice(1)
        .split('&')
        .filter((p) => p && !/^(utm_|[a-z]+clid=|[gw]braid=|gad_|gclsrc=|li_fat_id=|rdt_cid=|mc_)/.test(p))
        .sort()
        .join('&')
    )
  }
  return bare(a) == bare(b)
}

/** watchRoutes reports when a single-page application has shown another address. */
export function watchRoutes(changed: () => void): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = function (this: History, ...args: Parameters<typeof original>) {
      original.apply(this, args)
      changed()
    }
  }
  addEventListener('popstate', changed)
}
