// What a careful reader would stumble over: a view without a way out, a filter that is shown and not applied, a narrow screen that hides a figure,
// paper in the colours of the screen, words of another language in a sentence, a control that the keyboard does not reach.

/** care pushes a sentence to out.care for everything that is wrong, and counts in out.cared what was looked at. */
export async function care({ open, visit, settled, sticksOut, out, period }, addresses) {
  out.care = []
  out.cared = {}
  const wrong = (ok, what) => { out.cared.checks = (out.cared.checks ?? 0) + 1; if (!ok) out.care.push(what) }
  for (const check of [ways, oneChannel, stack, few, narrow, reflow, tablet, print, locales, contrast, keyboard, slow]) await check({ open, visit, settled, sticksOut, out, period, wrong, addresses })
}

const texts = (page, selector) => page.locator(selector).allTextContents()

/** ways: a period without any figure says so and leads out of it. */
async function ways({ open, visit, settled, wrong }) {
  const page = await open()
  for (const place of ['outcomes', 'channels']) {
    await visit(page, `/${place}?from=2037-01-01&to=2037-02-01`)
    wrong((await page.locator('.tiles, .lines-chart').count()) === 0, `/${place} of a period without figures shows empty shells`)
    await page.getByRole('link', { name: 'The latest 90 days' }).click({ timeout: 5000 }).catch(() => {})
    await settled(page).catch(() => {})
    wrong((await page.locator('.tiles .figure').count()) > 3, `/${place} of a period without figures leads nowhere`)
  }
  await page.context().close()
}

/** oneChannel: a filter that is shown is applied, or says that it is not. */
async function oneChannel({ open, visit, wrong, period }) {
  const page = await open()
  await visit(page, `/channels?${period}&compare=none`)
  const want = await page.locator('table.figures .figure[data-measure=value][data-channel="Paid Search"]').getAttribute('title')
  await visit(page, `/outcomes?${period}&compare=none&channel=Paid+Search`)
  wrong((await page.locator('.tiles .figure[data-measure=value]').getAttribute('title')) === want, 'Outcomes of one channel shows other figures than its row')
  wrong((await page.locator('h1').textContent()).startsWith('Paid Search'), 'Outcomes of one channel does not name it')
  await visit(page, `/measurement?tab=funnel&${period}&channel=Paid+Search`)
  wrong((await page.locator('.chip').textContent()).includes('marked below') && (await page.locator('tr.marked').textContent()).startsWith('Paid Search'), 'the funnel shows a filter that it does not apply')
  await page.context().close()
}

/** stack: the key figures from click to customer, each with its course; a cost without spend is none; a cost has its interval. */
async function stack({ open, visit, wrong, period }) {
  const page = await open()
  await visit(page, `/channels?${period}&columns=efficiency`)
  for (const key of ['ctr', 'cvr', 'cpl', 'cac', 'sql_rate', 'pipeline_conversion']) {
    const one = page.locator('.stack-groups .multiple', { has: page.locator(`.figure[data-measure=${key}]`) })
    wrong((await one.locator('canvas').count()) === 1, `the stack of key figures has no course of ${key}`)
  }
  wrong((await page.locator('table.figures .figure[data-measure=cac][data-channel="Organic Search"]').count()) === 0, 'a channel without spend has a CAC')
  wrong((await texts(page, '.tile .likely')).length > 0, 'the CAC of the tiles has no interval')
  wrong(/[?&]limit=1000(&|$)/.test(await page.locator('.exports a').first().getAttribute('href')), 'the export has the rows of one page only')
  await visit(page, `/outcomes?${period}`)
  await page.getByText('As a table').click()
  wrong((await page.locator('.as-table tbody tr').count()) > 5, 'the course of the return cannot be read as a table')
  await page.locator('.as-table .figure').nth(1).click()
  wrong(await page.locator('dialog.drawer .amount').waitFor({ timeout: 20_000 }).then(() => true, () => false), 'a figure of the course opens nothing')
  await page.context().close()
}

/** few: nobody is called best or worst whose figure the table marks as resting on few cases. */
async function few({ open, visit, wrong, period }) {
  const page = await open()
  for (const by of ['', 'campaign']) {
    await visit(page, `/channels?${period}&group_by=${by}&columns=outcome&compare=none`)
    const said = await page.locator('h1').textContent()
    const small = await page.locator('table.figures .figure[data-measure=roas]:has(.small-sample)').evaluateAll((all) => all.map((e) => ({ channel: e.dataset.channel, campaign: e.dataset.campaign, shown: e.textContent.replace('few', '').trim() })))
    for (const s of small) wrong(!said.includes(`${s.campaign ? `${s.campaign} in ` : ''}${s.channel} returns ${s.shown}`), `"${said}" names ${s.campaign || s.channel}, which rests on few cases`)
  }
  await page.context().close()
}

/** narrow: a telephone loses no figure. */
async function narrow({ open, visit, wrong, period }) {
  const page = await open({ width: 390 })
  await visit(page, `/measurement?tab=funnel&${period}`)
  wrong(await page.locator('.funnel [data-fact^="~funnel-time~"]').first().isVisible(), 'a narrow funnel hides the time between stages')
  await visit(page, `/outcomes?${period}`)
  wrong(await page.locator('.legend').first().isVisible(), 'lines have no names on a narrow screen')
  await page.locator('.tiles .figure').first().click()
  const box = await page.locator('dialog.drawer').boundingBox()
  wrong(box.x <= 16 && box.x + box.width >= 374.5, `the drawer leaves a strip of a narrow screen unused: ${JSON.stringify(box)}`)
  await visit(page, `/measurement?tab=bridge&basis=close&${period}`)
  const cut = await page.locator('table.long td').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent))
  wrong(cut.length === 0, `cut off on a narrow screen: ${cut.slice(0, 3).join('; ')}`)
  const choices = await page.locator('.choice').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length)
  wrong(choices === 0, 'alternatives lie beyond the edge of a narrow screen')
  await page.context().close()
}

/** reflow: at 320 pixels, which is 400% of 1280, nothing has to be scrolled sideways. */
async function reflow({ open, visit, sticksOut, wrong, addresses }) {
  const page = await open({ width: 320 })
  for (const address of addresses) {
    await visit(page, address)
    const over = await page.evaluate(sticksOut)
    wrong(over.length === 0, `${address} at 320 pixels: ${over.slice(0, 2).join('; ')}`)
  }
  await page.context().close()
}

/** tablet: between the telephone and the desk the bars at the top have the least room. */
async function tablet({ open, visit, sticksOut, wrong }) {
  const page = await open({ width: 768 })
  for (const address of ['/channels', '/measurement?tab=models', '/iteration']) {
    await visit(page, address)
    const over = await page.evaluate(sticksOut)
    wrong(over.length === 0, `${address} at 768 pixels: ${over.slice(0, 2).join('; ')}`)
  }
  await page.context().close()
}

/** slow: while an answer is under way the page says so, figures of the question before are faint, and leaving gives the question up. */
async function slow({ open, visit, wrong, period }) {
  const page = await open({ failing: true })
  await visit(page, `/channels?${period}`)
  let given = 0
  page.on('requestfailed', () => { given++ })
  await page.route('**/api/v1/**', async (r) => { await new Promise((go) => setTimeout(go, 3000)); await r.continue().catch(() => {}) })
  await page.locator('.controls select').nth(1).selectOption('close')
  wrong(await page.locator('.asking.some').waitFor({ timeout: 2000 }).then(() => true, () => false), 'nothing tells that an answer is under way')
  const faint = await page.waitForFunction(() => ['h1', '.tiles dd', '.panel > *'].every((s) => Number(getComputedStyle(document.querySelector(s)).opacity) < 0.6), null, { timeout: 1500 }).then(() => true, () => false)
  wrong(faint, 'figures of another question stand as those of this one')
  await page.locator('.places a').last().click()
  await page.waitForFunction(() => location.pathname === '/iteration')
  wrong(given >= 2, 'questions of a place that one has left are still asked')
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.context().close()
}

/** print: what a browser prints from dark is drawn in light, as wide as the sheet, and the screen is as before afterwards. */
async function print({ open, visit, wrong }) {
  const page = await open({ theme: 'dark' })
  await visit(page, '/outcomes')
  await page.waitForSelector('canvas')
  await page.evaluate(() => addEventListener('beforeprint', () => {
    const canvas = document.querySelector('canvas'), pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
    let light = 0
    for (let i = 0; i < pixels.length; i += 4) if (pixels[i] === 0x24 && pixels[i + 1] === 0x58 && pixels[i + 2] === 0xc5 && pixels[i + 3] === 255) light++
    window.printed = { light, width: canvas.clientWidth }
  }))
  await page.pdf()
  const printed = await page.evaluate(() => window.printed)
  wrong(printed && printed.light > 50 && printed.width <= 720, `charts are printed from dark as they are on screen: ${JSON.stringify(printed)}`)
  const after = await page.evaluate(() => ({ theme: document.documentElement.dataset.theme ?? '', width: document.querySelector('canvas').clientWidth }))
  wrong(after.theme === '' && after.width > 900, `after printing the screen is ${JSON.stringify(after)}`)
  await page.context().close()
}

/** locales: numbers are the reader's, words are English everywhere. */
async function locales({ open, visit, wrong, period }) {
  for (const [locale, decimal] of [['de-DE', ','], ['ja-JP', '.'], ['ar-EG', ''], ['en-GB', '.']]) {
    const page = await open({ locale })
    for (const address of [`/channels?${period}`, `/measurement?tab=bridge&basis=close&${period}`]) {
      await visit(page, address)
      const body = await page.evaluate(() => document.querySelector('main').innerText)
      const strange = body.match(/[^\n]{0,24}(?:[\u3000-\u9fff\u0600-\u06ff\uff00-\uffef]|\bMai\b|\bOkt\b|\bDez\b|Invalid|NaN|undefined|23:59|59\.00)[^\n]{0,24}/u)
      wrong(!strange, `${address} in ${locale}: ${strange?.[0]}`)
    }
    await visit(page, `/channels?${period}`)
    const rate = await page.locator('.tiles .figure[data-measure=roas]').textContent()
    wrong(!decimal || new RegExp(`^(few )?\\d+\\${decimal}\\d\\d$`).test(rate), `a return for 1 in ${locale} is written ${rate}`)
    await page.context().close()
  }
}

/** contrast: with colours of the system (Windows' high contrast) what is chosen still differs, and channels keep their colours. */
async function contrast({ open, visit, wrong, period }) {
  const page = await open({ forcedColors: 'active' })
  await visit(page, `/channels?${period}`)
  const [chosen, other] = await Promise.all(['true', 'false'].map((p) => page.locator(`.choice [aria-pressed=${p}]`).first().evaluate((e) => getComputedStyle(e).backgroundColor)))
  wrong(chosen !== other, 'in forced colours nobody sees which alternative is chosen')
  await visit(page, `/measurement?tab=journeys&${period}`)
  const parts = await page.locator('.stack .segment').evaluateAll((all) => new Set(all.map((e) => getComputedStyle(e).backgroundColor)).size)
  wrong(parts > 1, 'in forced colours the stacks of credit are all alike')
  await page.context().close()
}

/** keyboard: Tab goes through each place in the order of the page, reaches every control, and shows where it is, under no bar. */
async function keyboard({ open, visit, wrong, out, period }) {
  for (const [width, addresses] of [[1440, ['/outcomes', '/channels', '/tracking', '/measurement?tab=journeys', '/iteration']], [390, ['/outcomes', '/iteration']]]) {
    const page = await open({ width })
    for (const address of addresses) {
      await visit(page, `${address}${address.includes('?') ? '&' : '?'}${period}`)
      const all = await page.evaluate(begin)
      let press = 0, last = true
      do { await page.keyboard.press('Tab'); last = await page.evaluate(stop) } while (!last && ++press < all + 40)
      out.cared.stops = (out.cared.stops ?? 0) + press
      for (const [what, list] of Object.entries(await page.evaluate(walked))) wrong(list.length === 0, `${address} ${width}: ${what}: ${list.length} ${[...new Set(list)].slice(0, 3).join('; ')}`)
    }
    await page.context().close()
  }
}

/** begin notes what should be reached. */
function begin() {
  window.stops = []
  window.wanted = [...document.querySelectorAll('a[href], button:not(:disabled), input, select, summary, [tabindex="0"]')].filter((e) => e.checkVisibility() && !e.closest('dialog'))
  return window.wanted.length
}

/** stop notes where the focus is, and tells that it has left the page. */
function stop() {
  const e = document.activeElement
  if (!e || e === document.body || (e.matches('.skip') && window.stops.length > 1)) return window.stops.length > 0
  const r = e.getBoundingClientRect(), style = getComputedStyle(e)
  const over = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, r.left + Math.min(r.width, 40) / 2)), r.top + Math.min(r.height, 24) / 2)
  window.stops.push({ e, seen: e.type === 'date' /* its day, month and year show it */ || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1), covered: r.height < 200 && !!over && !e.contains(over) && !over.contains(e) && !!over.closest('.places, .controls, .top') })
  return false
}

function walked() {
  const stops = window.stops.filter((s) => s.e.isConnected), reached = new Set(stops.map((s) => s.e))
  const name = (e) => `${e.tagName}.${e.className.baseVal ?? e.className} ${(e.textContent ?? '').slice(0, 30)}`
  return {
    'is not reached by Tab': window.wanted.filter((e) => e.isConnected && !reached.has(e)).map(name), 'does not show the focus': stops.filter((s) => !s.seen).map((s) => name(s.e)), 'has the focus under a bar': stops.filter((s) => s.covered).map((s) => name(s.e)),
    'is out of order': stops.filter((s, i) => i > 0 && s.e !== stops[i - 1].e && s.e.compareDocumentPosition(stops[i - 1].e) & Node.DOCUMENT_POSITION_FOLLOWING && !stops[i - 1].e.contains(s.e)).map((s) => name(s.e)),
  }
}
