// The head of a step in the drawer: where it lies, its title, the way out.
import type { ComponentChildren } from 'preact'

export function DrawerHead({ crumbs, title, close }: { crumbs: ComponentChildren; title: ComponentChildren; close: () => void }) {
  return (
    <header class="drawer-head">
      <div class="drawer-top"><nav class="crumbs" aria-label="Where this figure lies">{crumbs}</nav><button class="icon" aria-label="Close" onClick={close}>✕</button></div>
      <h2 tabIndex={-1} autofocus>{title}</h2>
    </header>
  )
}
