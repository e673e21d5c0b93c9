// Takes the pictures of the documentation over a running "tributary up --demo": "make pictures", or over another address
//   node services/query/web/e2e/pictures.mjs http://127.0.0.1:8090 docs/images
// It waits until the demo world is all there. CHROMIUM names a browser that is not on the PATH; with pngquant on it the pictures have 256
// colours, and are a third of the size.
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const [query = 'http://127.0.0.1:8090', folder = join(root, 'docs/images')] = process.argv.slice(2)

/** pictures are the views worth showing: name, address, how wide, which colours, how much of it; click opens what is to be shown. */
const pictures = [
  { name: 'outcomes', address: '/outcomes?basis=close', height: 900 },
  { name: 'channels', address: '/channels?group_by=campaign', height: 1060 },
  { name: 'paths', address: '/measurement?tab=paths', theme: 'dark', height: 960 },
  { name: 'review', address: '/iteration', height: 900 },
  { name: 'explain', address: '/measurement?tab=funnel', height: 900, click: '.funnel li:last-child [data-fact^="~funnel~"]' },
  { name: 'reconciliation', address: '/tracking', panel: '.layers' },
  { name: 'narrow', address: '/channels', width: 390, height: 844, theme: 'dark' },
]

/** program is the first of the names that the PATH has: Playwright takes a path, no name. */
function program(...names) {
  for (const name of names) for (const at of (process.env.PATH ?? '').split(delimiter)) {
    const file = resolve(at, name)
    try { accessSync(file, constants.X_OK); return file } catch { /* the next one */ }
  }
  return undefined
}

/** world waits until what the demo sent has been attributed: the totals are there and stand still. */
async function world() {
  let before = '', still = 0
  for (const end = Date.now() + 180_000; Date.now() < end; await new Promise((go) => setTimeout(go, 1500))) {
    const answer = await fetch(query + '/api/v1/channels?limit=1').then((r) => r.json(), () => undefined)
    // The trickle of the demo keeps adding touches: money moves by orders, seldom.
    const now = answer?.totals ? `${answer.totals.value} ${answer.totals.pipeline}` : ''
    still = now && Number(answer.totals.value) > 0 && now === before ? still + 1 : 0
    before = now
    if (still === 3) return
  }
  throw new Error(`${query} holds no demo world that stands still: is "tributary up --demo" running?`)
}

const executablePath = process.env.CHROMIUM ? resolve(program(process.env.CHROMIUM) ?? process.env.CHROMIUM) : program('chromium', 'chromium-browser', 'google-chrome')
if (!executablePath) throw new Error('no Chromium is on the PATH: CHROMIUM names one')
const shrink = program('pngquant')

await world()
const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] })
for (const { name, address, width = 1280, height = 900, theme = 'light', click, panel } of pictures) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, locale: 'en-US', reducedMotion: 'reduce' })
  const settled = () => page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.skeleton, [aria-busy=true]'), null, { timeout: 60_000 })
  await page.goto(query + address)
  await settled()
  if (click) {
    await page.locator(click).first().click()
    await page.locator('dialog.drawer .amount').waitFor()
    await settled()
    await page.evaluate(() => document.activeElement?.blur())
  }
  await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => {}) // the stream of live updates never ends
  const path = join(folder, name + '.png')
  if (panel) await page.locator('.panel', { has: page.locator(panel) }).screenshot({ path })
  else await page.screenshot({ path })
  if (shrink) execFileSync(shrink, ['--force', '--strip', '--nofs', '--output', path, '256', path])
  await page.close()
}
await browser.close()
