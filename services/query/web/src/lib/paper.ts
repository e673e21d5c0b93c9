// Paper is light, whatever the screen is. A chart drawn on a canvas holds the colours and the width it was drawn with: it is told when the page is
// about to be printed, and when that is over.

/** sheet is how wide a printed page is inside its margins, column what a chart has of it where two stand beside each other; in CSS pixels. */
export const sheet = 686, column = 334

let printing = false
let theme: string | undefined

export const isPrinting = () => printing

function turn(on: boolean) {
  if (on === printing) return
  printing = on
  const root = document.documentElement
  if (on) {
    theme = root.dataset.theme
    root.dataset.theme = 'light'
  } else if (theme === undefined) delete root.dataset.theme
  else root.dataset.theme = theme
  dispatchEvent(new Event('paper'))
}

/** watchPaper follows the browser's word; some only change the medium, others only say before and after. */
export function watchPaper() {
  addEventListener('beforeprint', () => turn(true))
  addEventListener('afterprint', () => turn(false))
  matchMedia('print').addEventListener('change', (e) => turn(e.matches))
}
