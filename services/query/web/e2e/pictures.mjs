// Takes the pictures of the documentation over a running "tributary up --demo", whose world is complete after about a minute:
//   node services/query/web/e2e/pictures.mjs http://127.0.0.1:8090 docs/images
// CHROMIUM names the browser where it is not "chromium".
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [query = 'http://127.0.0.1:8090', folder = 'docs/images'] = process.argv.slice(2)

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

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? 'chromium', headless: true, args: ['--no-sandbox', '--disable-gpu'] })
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
  const path = join(folder, name + '.png')
  if (panel) await page.locator('.panel', { has: page.locator(panel) }).screenshot({ path })
  else await page.screenshot({ path })
  await page.close()
}
await browser.close()
