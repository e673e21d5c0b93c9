// Drives a real Chromium over a real stack. The Go test beside it starts the stack and asserts what is printed here: one JSON object, part -> what was seen.
// PART is "empty" (nothing was ever sent) or "full" (the demo world is in). STEPS are those of
// "full" to take, separated by commas; left out, all. With SCREENSHOTS set, every view is photographed into that folder.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { care } from './care.mjs'
import { lengthen } from './long.mjs'
import { cut, dead, facts, paper, state, trouble } from './states.mjs'

const { CHROMIUM, QUERY, PART, STEPS, SCREENSHOTS, COLLECTOR, SECRET_KEY } = process.env
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const out = { complaints: [], serious: [], overflows: [], elsewhere: [], slow: [], opened: [], shifts: {}, lengthened: 0, dead: [], paper: [], care: [], cared: {} }

/** open opens a page; on one that is made to fail the browser's own complaints about it are no news. */
async function open({ width = 1440, theme = 'light', reducedMotion = 'reduce', failing = false, locale = 'en-US', forcedColors = 'none' } = {}) {
  const context = await browser.newContext({ viewport: { width, height: width < 500 ? 844 : 900 }, colorScheme: theme, locale, reducedMotion, forcedColors })
  const page = await context.newPage()
  page.on('console', (m) => (m.type() === 'error' || m.type() === 'warning') && !failing && out.complaints.push(`${page.url()}: ${m.text()} ${m.location().url}`))
  page.on('pageerror', (e) => out.complaints.push(`${page.url()}: ${e.message}`))
  page.on('request', (r) => { if (!r.url().startsWith(QUERY) && !r.url().startsWith('data:')) out.elsewhere.push(r.url()) })
  await page.addInitScript(() => {
    window.shifted = 0
    new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value }).observe({ type: 'layout-shift', buffered: true })
  })
  return page
}

const settled = (page) => page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.skeleton, [aria-busy=true]'), null, { timeout: 30_000 })

async function visit(page, address) {
  await page.goto(QUERY + address)
  await settled(page).catch(() => out.slow.push(address))
}

/** sticksOut names what reaches beyond the page's right edge, save what scrolls in a frame of its own. */
function sticksOut() {
  const edge = document.body.getBoundingClientRect().right + 0.5
  const frames = new Set([...document.querySelectorAll('body *')].filter((e) => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)))
  const framed = (e) => { for (let up = e.parentElement; up; up = up.parentElement) if (frames.has(up)) return true; return false }
  const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > edge && !framed(e)).map((e) => `${e.tagName}.${e.className.baseVal ?? e.className} ${Math.round(e.getBoundingClientRect().right - edge)} px: ${(e.textContent ?? '').slice(0, 40)}`)
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth
  return over > 0 && !out.length ? [`${over} px`] : out
}

/** audit looks at a view as it stands: nothing sticks out sideways, and axe, unless it has seen the view, has nothing to say. */
async function audit(page, name, seen = false) {
  const over = await page.evaluate(sticksOut)
  if (over.length > 0) out.overflows.push(`${name}: ${over.slice(0, 3).join('; ')}`)
  if (!seen) await complain(page, name)
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, name.replace(/[^a-z0-9]+/gi, '-') + '.png'), fullPage: true })
}

async function complain(page, name) {
  await page.evaluate(axe) // by the debugger, which the page's policy does not bind
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  for (const v of found.violations) out.serious.push(`${name}: ${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}`)
}

const parts = {
  async empty() {
    const page = await open()
    for (const place of ['outcomes', 'channels', 'tracking', 'measurement', 'iteration', '']) {
      await visit(page, '/' + place)
      await audit(page, 'empty ' + place)
      out.lines = await page.locator('pre').allTextContents()
      if (out.lines.length === 0) out.slow.push(`/${place} of an empty workspace says nothing to send`)
    }
    await page.close()
  },
  async full() {
    const steps = { paint, views, long, roles, figures, explain, keyboard, saved, facts: () => facts(tools), state: () => state(tools), trouble: () => trouble(tools), paper: () => paper(tools, addresses), cut: () => cut(tools), care: () => care(tools, addresses), live, colours }
    for (const [name, step] of Object.entries(steps)) if (!STEPS || STEPS.split(',').includes(name)) await step()
  },
}

/** period ends before today, so that what arrives while the test runs does not move its figures. */
const last = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
const first = new Date(Date.now() - 90 * 86_400_000).toISOString().slice(0, 10)
const period = `from=${first}&to=${last}`

const tools = { open, visit, settled, audit, sticksOut, out, period, QUERY }

async function paint() {
  const page = await open()
  let bytes = 0
  page.on('response', async (r) => { if (!new URL(r.url()).pathname.startsWith('/api')) bytes += (await r.request().sizes()).responseBodySize })
  const begun = Date.now()
  await visit(page, '/')
  out.paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
  out.figuresAfter = Date.now() - begun
  await page.waitForLoadState('networkidle').catch(() => {})
  out.bytes = bytes
  out.startedAt = new URL(page.url()).pathname
  await page.context().close()
}

const addresses = ['/outcomes', '/channels', '/channels?group_by=landing_page&columns=leading', '/channels?group_by=content&columns=efficiency', '/tracking', '/measurement?tab=journeys', '/measurement?tab=paths', '/measurement?tab=funnel', '/measurement?tab=models', '/measurement?tab=bridge&basis=close', '/iteration']

async function views() {
  for (const width of [1440, 390]) for (const theme of ['light', 'dark']) {
    const page = await open({ width, theme })
    for (const address of addresses) {
      await visit(page, address)
      out.shifts[`${address} ${width} ${theme}`] = await page.evaluate(() => window.shifted)
      await audit(page, `${address} ${width} ${theme}`)
      if (width === 1440 && theme === 'light') out.dead.push(...(await dead(page)).map((d) => `${address}: ${d}`))
    }
    await page.context().close()
  }
}

/** long looks at the same views with names of any length. */
async function long() {
  for (const width of [1440, 390]) {
    const page = await open({ width })
    await lengthen(page)
    for (const address of [...addresses, '/channels?group_by=campaign']) {
      await visit(page, address)
      out.lengthened += await page.evaluate(() => (document.body.textContent.match(/_unbrokenunbroken/g) ?? []).length)
      await audit(page, `${address} ${width} long names`, true)
    }
    await page.locator('table.figures .figure').first().click()
    await page.locator('dialog.drawer .parts').first().waitFor()
    await audit(page, `drawer ${width} long names`)
    await page.context().close()
  }
}

async function roles() {
  out.roles = {}
  const page = await open()
  await visit(page, '/outcomes')
  for (const id of await page.locator('.role option').evaluateAll((all) => all.map((o) => o.value))) {
    await page.selectOption('.role select', id)
    await settled(page).catch(() => out.slow.push('role ' + id))
    const at = new URL(page.url())
    out.roles[id] = { place: at.pathname, channel: at.searchParams.get('channel') ?? '', heads: await page.locator('thead .sort').allTextContents() }
    await audit(page, `role ${id}`)
  }
  await page.context().close()
}

/** figures reads every figure of the channel table and the tiles, exact as in its title, for the Go test to hold against the API. */
async function figures() {
  const page = await open()
  out.period = { first, last }
  out.figures = {}
  for (const by of ['channel', 'campaign']) {
    await visit(page, `/channels?${period}&group_by=${by === 'channel' ? '' : by}&columns=outcome&compare=none`)
    out.figures[by] = await page.locator('.tiles .figure, table .figure').evaluateAll((all) => all.map((e) => ({ measure: e.dataset.measure, channel: e.dataset.channel ?? '', campaign: e.dataset.campaign ?? '', title: e.title })))
  }
  await visit(page, `/outcomes?${period}`)
  out.figures.outcomes = await page.locator('.tiles .figure').evaluateAll((all) => all.map((e) => ({ measure: e.dataset.measure, channel: '', campaign: '', title: e.title })))
  await page.context().close()
}

/** explain walks from a total down to an event, by clicking only. */
async function explain() {
  const page = await open()
  const steps = []
  await visit(page, `/channels?${period}`)
  await page.locator('.tiles .figure[data-measure=value]').click()
  const drawer = page.locator('dialog.drawer')
  await drawer.locator('.parts').first().waitFor()
  steps.push(await drawer.locator('h2').textContent(), await drawer.locator('.amount').textContent())
  await drawer.locator('.parts button.open').first().click()
  await page.waitForFunction(() => document.querySelector('dialog .crumbs')?.textContent.includes('›'))
  await settled(page)
  steps.push(await drawer.locator('h2').textContent())
  await audit(page, 'drawer')
  await drawer.locator('.parts button.open[data-journey]').first().click()
  await drawer.locator('.stacks').waitFor()
  await settled(page)
  steps.push(await drawer.locator('h2').textContent())
  out.postings = await drawer.locator('table tbody tr').count()
  out.cause = await drawer.locator('table tbody tr code').first().getAttribute('title')
  await audit(page, 'drawer journey')
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => !document.querySelector('dialog[open]'))
  out.explain = steps
  await page.context().close()
}

/** keyboard reaches the first figure by Tab alone, opens it, and comes back to it. */
async function keyboard() {
  const page = await open()
  await visit(page, `/channels?${period}`)
  await page.keyboard.press('Tab')
  out.skip = await page.evaluate(() => document.activeElement.textContent)
  let presses = 1
  for (; presses < 60; presses++) {
    if (await page.evaluate(() => document.activeElement.classList.contains('figure'))) break
    await page.keyboard.press('Tab')
  }
  out.presses = presses
  await page.keyboard.press('Enter')
  await page.locator('dialog.drawer h2').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => !document.querySelector('dialog[open]'))
  out.cameBack = await page.evaluate(() => document.activeElement.classList.contains('figure'))
  await page.context().close()
}

async function saved() {
  const page = await open()
  await visit(page, '/channels?group_by=campaign')
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByLabel('Name of this view').fill('By campaign, end to end')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('link', { name: 'By campaign, end to end' }).waitFor()
  await visit(page, '/outcomes')
  await page.getByRole('button', { name: 'Saved views' }).click()
  await audit(page, 'saved views')
  await page.getByRole('link', { name: 'By campaign, end to end' }).click()
  await settled(page)
  out.savedView = new URL(page.url()).search
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: 'Delete the view By campaign, end to end' }).click()
  await page.getByRole('link', { name: 'By campaign, end to end' }).waitFor({ state: 'detached' })
  out.viewDeleted = !(await (await fetch(QUERY + '/api/v1/views')).text()).includes('by-campaign-end-to-end')
  await page.context().close()
}

/** live sends an order and waits for a figure of the open page to move, without a reload. */
async function live() {
  const page = await open()
  await visit(page, '/channels?period=30d')
  const total = page.locator('.tiles .figure').first()
  const before = await total.getAttribute('title')
  await page.evaluate(() => { window.notReloaded = true })
  const send = (path, body) => fetch(COLLECTOR + path, { method: 'POST', headers: { Authorization: 'Basic ' + Buffer.from(SECRET_KEY + ':').toString('base64'), 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  await send('/v1/page', { anonymousId: 'live-1', messageId: 'live-1', context: { page: { url: 'https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand' }, userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36' } })
  const answered = await send('/v1/track', { anonymousId: 'live-1', messageId: 'live-2', event: 'Order Completed', properties: { revenue: '4321.00', currency: 'USD' } })
  out.sent = answered.status
  await page.waitForFunction((was) => document.querySelector('.tiles .figure')?.title !== was, before, { timeout: 30_000 }).catch(() => {})
  out.live = { before, after: await total.getAttribute('title'), kept: await page.evaluate(() => window.notReloaded === true) }
  out.fresh = await page.locator('.fresh').textContent()
  await page.context().close()
}

/** colours reads the channels' colours of both themes; the Go test measures how far apart people see them. */
async function colours() {
  out.colours = {}
  for (const theme of ['light', 'dark']) {
    const page = await open({ theme })
    await visit(page, '/channels')
    out.colours[theme] = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement)
      return { paper: style.getPropertyValue('--paper').trim(), channels: Array.from({ length: 14 }, (_, i) => style.getPropertyValue('--c' + i).trim()), marks: [...document.querySelectorAll('table.figures tbody .mark path')].map((p) => p.getAttribute('d') + getComputedStyle(p).fill + getComputedStyle(p).stroke) }
    })
    await page.context().close()
  }
}

try {
  await parts[PART]()
} finally {
  await browser.close()
}
process.stdout.write(JSON.stringify(out))
