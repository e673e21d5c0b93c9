// What run.mjs does beyond looking at each view: figures that are no channel's, state in the address, trouble, and live updates that break.

/** facts reads the figures that are no measure of a channel, and opens one of each kind: the drawer says the same figure. */
export async function facts({ open, visit, settled, audit, out, period }) {
  const page = await open()
  out.facts = {}
  for (const [name, address, which] of [
    ['funnel', '/measurement?tab=funnel', '.funnel [data-fact^="~funnel~"]'], ['paths', '/measurement?tab=paths', 'table [data-fact^="~path~"]'], ['layers', '/tracking?', '.layers [data-fact^="~layer~"]'],
    ['credit', '/measurement?tab=journeys', '[data-fact^="~credit~"]'], ['postings', '/measurement?tab=bridge&basis=close', '[data-fact^="~posting~"]'], ['spread', '/channels?', '[data-fact^="~spread~"]'],
  ]) {
    await visit(page, `${address}&${period}&compare=none`.replace('?&', '?'))
    await page.locator(which).first().waitFor({ timeout: 60_000 })
    out.facts[name] = await page.locator(which).evaluateAll((all) => all.map((e) => ({ fact: e.dataset.fact, text: e.textContent })))
    await openEach(page)
  }
  /** openEach opens one figure of each kind that the view has and no view before had. */
  async function openEach(page) {
    const all = await page.locator('main [data-fact]').evaluateAll((them) => them.map((e) => e.dataset.fact))
    const first = new Map(all.map((f) => [f.split('~')[1], f]).reverse())
    for (const [kind, fact] of first) {
      if (out.opened.some((o) => o.name === kind)) continue
      const figure = page.locator(`main [data-fact="${fact}"]`).first()
      const shown = (await figure.textContent()).trim()
      await figure.focus()
      await page.keyboard.press('Enter')
      const amount = page.locator('dialog.drawer .amount')
      const came = await amount.waitFor({ timeout: 20_000 }).then(() => true, () => false)
      await settled(page).catch(() => {})
      out.opened.push({ name: kind, shown, amount: came ? (await amount.textContent()).trim() : '' })
      await audit(page, `drawer ${kind}`)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog[open]'))
    }
  }
  await visit(page, `/measurement?tab=models&${period}`)
  await page.locator('table .figure[data-model]').first().waitFor()
  out.models = await page.locator('table .figure[data-model]').evaluateAll((all) => all.map((e) => ({ measure: e.dataset.measure, channel: e.dataset.channel ?? '', model: e.dataset.model, title: e.title })))
  await visit(page, `/measurement?tab=bridge&basis=close&${period}`)
  out.bridge = await page.locator('.waterfall .fall-end .figure').evaluateAll((all) => all.map((e) => e.title))
  await visit(page, '/iteration')
  out.findings = await page.locator('.finding').count()
  out.unlinked = await page.locator('.finding').evaluateAll((all) => all.filter((e) => !e.querySelector('a[href*="/channels"], a[href*="/measurement"], a[href*="/tracking"], a[href*="/outcomes"]')).map((e) => e.textContent))
  // What a finding says opens as that figure, in the view it is about.
  await page.locator('.finding a.figure').first().click()
  await page.locator('dialog.drawer .amount').waitFor()
  out.findingOpens = new URL(page.url()).searchParams.get('explain') ?? ''
  await page.context().close()
}

/** dead names the figures of a view that lead nowhere: a number by itself that is neither a button nor a link. Changes stand
 * beside what they changed; labels within a chart repeat what opens beside it. */
export const dead = (page) => page.evaluate(() => {
  const figure = /^[+−-]?[$€£]?\d[\d.,]*(?:[KMB]|%)?(?: (?:days?|[A-Z]{3}|(?:s|min|h|days) ago|– .*))?$/
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join('').trim()
  return [...document.querySelectorAll('main *')].filter((e) => figure.test(own(e)) && !e.closest('button, a, select, label, svg, [role=img], .change, .path, .pages, .hidden, h1, h2, pre, code')).map((e) => `${e.tagName}.${e.className} ${own(e)}`)
})

/** state is in the address: a reload and the back button give the same view. */
export async function state({ open, visit, settled, out, QUERY }) {
  const page = await open()
  const view = async () => ({ address: page.url().slice(QUERY.length), controls: await page.locator('.controls select').evaluateAll((all) => all.map((s) => s.value)), pressed: await page.locator('.choice [aria-pressed=true]').allTextContents(), drawer: await page.locator('dialog[open] h2').allTextContents() })
  await visit(page, '/channels?compare=none')
  await page.locator('.controls select').nth(1).selectOption('close')
  await page.getByRole('button', { name: 'Campaigns' }).click()
  await settled(page)
  const before = await view()
  await page.locator('.tiles .figure').first().click()
  await page.locator('dialog.drawer h2').waitFor()
  await settled(page)
  const opened = await view()
  await page.reload()
  await settled(page)
  await page.locator('dialog.drawer h2').waitFor()
  const reloaded = await view()
  await page.goBack()
  await page.waitForFunction(() => !document.querySelector('dialog[open]'))
  const back = await view()
  out.state = [before, opened, reloaded, back].map((v) => JSON.stringify(v))
  await page.context().close()
}

const problem = (status, title, detail) => ({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:tributary:problem:test', title, status, detail }) })

/** trouble shows each way to fail, and that the page comes back by itself or says how. */
export async function trouble({ open, audit, out, QUERY }) {
  out.trouble = {}
  for (const [name, answer] of Object.entries({
    down: undefined, stranger: problem(401, 'Unauthorized', 'This needs a token.'), forbidden: problem(403, 'Forbidden', 'You may not read the workspace.'), question: problem(422, 'Unprocessable', 'model must be one of linear, last_touch'), slow: problem(504, 'Gateway Timeout', 'The answer took longer than one question may.'),
  })) {
    const page = await open({ failing: true })
    let failing = true
    await page.route('**/api/v1/**', (r) => (!failing ? r.continue() : answer ? r.fulfill(answer) : r.abort()))
    await page.goto(QUERY + '/channels')
    await page.locator('[role=alert]').waitFor()
    await audit(page, `trouble ${name}`)
    const said = await page.locator('[role=alert]').first().textContent()
    failing = false
    await page.getByRole('button', { name: /Try again/ }).first().click()
    const back = await page.locator('.tiles .figure').first().waitFor({ timeout: 60_000 }).then(() => true, () => false)
    out.trouble[name] = { said, back }
    await page.context().close()
  }
}

/** paper looks at pages as they are printed: what is only for clicking is gone, the sentence is there, nothing sticks out of the sheet. */
export async function paper({ open, visit, audit, out }, addresses) {
  const page = await open({ width: 700 })
  await page.emulateMedia({ media: 'print', colorScheme: 'dark', reducedMotion: 'reduce' })
  for (const address of addresses) {
    await visit(page, address)
    await audit(page, `paper ${address}`, true)
    const left = await page.evaluate(() => [...document.querySelectorAll('.controls, .toolbar, .places, .tabs, .foot')].filter((e) => e.checkVisibility()).map((e) => e.className))
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    out.paper.push({ address, left, paper, said: (await page.locator('h1').textContent()).trim() })
  }
  await page.context().close()
}

/** cut breaks the live updates with an answer that is no stream, as a proxy does, and mends them. */
export async function cut({ open, visit, out }) {
  const page = await open({ failing: true })
  let broken = true
  await page.route('**/api/v1/events*', (r) => (broken ? r.fulfill({ status: 502, body: '' }) : r.continue()))
  await visit(page, '/outcomes')
  const says = (live) => page.waitForFunction((want) => document.querySelector('.fresh').textContent.includes('not live') !== want, live, { timeout: 60_000 }).then(() => true, () => false)
  out.cut = await says(false)
  broken = false
  out.mended = await says(true)
  await page.context().close()
}
