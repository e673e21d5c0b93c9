// Drives a real Chromium through the pixel's stories. The Go test beside it starts the sites and the collector, gives their ports, and asserts what was received;
// here only what the browser alone can tell is looked at. Prints one JSON object: story -> what was seen.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { CHROMIUM, SITE_PORT, COLLECTOR_PORT } = process.env
const shop = `http://www.shop.test:${SITE_PORT}`
const collector = `http://t.shop.test:${COLLECTOR_PORT}`
const options = {
  executablePath: CHROMIUM,
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--host-resolver-rules=MAP *.test 127.0.0.1',
  ],
}
// The collector counts headless browsers as bots.
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'
const out = {}
const isCall = (r) => r.url().startsWith(collector + '/v1/')
const taken = (page) => page.waitForResponse((r) => isCall(r.request()) && r.request().method() === 'POST' && r.ok())
const ids = (context) => context.cookies(shop).then((all) => all.filter((c) => c.name === 'trb_id'))
const storedId = (page) => page.evaluate(() => localStorage.trb_id)

const stories = {
  async landing(context) {
    const page = await context.newPage()
    const complaints = []
    page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()))
    let preflights = 0
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    cdp.on('Network.requestWillBeSent', (e) => e.type === 'Preflight' && preflights++)
    const first = taken(page)
    await page.goto(`${shop}/redirect?/landing/?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=abc`, { referer: 'https://www.google.com/' })
    const response = await first
    let next = taken(page)
    await page.click('#pricing')
    await next
    next = taken(page)
    await page.goBack()
    await next
    const request = response.request()
    return {
      complaints, preflights,
      contentType: (await request.allHeaders())['content-type'],
      setCookie: (await response.allHeaders())['set-cookie'] || '',
      cookies: await ids(context),
      address: page.url(),
    }
  },
  async returning(context) {
    const seen = []
    for (const path of ['/returning/1', '/returning/2', '/returning/3']) {
      const page = await context.newPage()
      const sent = taken(page)
      await page.goto(shop + path)
      await sent
      seen.push(await storedId(page))
      await page.close()
      if (path.endsWith('2')) await context.clearCookies() // The other place must be enough.
    }
    return { seen, cookies: await ids(context) }
  },
  async form(context) {
    const page = await context.newPage()
    const bodies = []
    page.on('request', (r) => isCall(r) && bodies.push(r.postData() || ''))
    const sent = taken(page)
    await page.goto(`${shop}/form/`)
    await sent
    await page.fill('#search input', 'nobody@nowhere.example')
    await page.click('#search button')
    await page.waitForURL(/form\/done\?email=/)
    await page.goto(`${shop}/form/`)
    await page.fill('#lead [name=email]', ' Ann@Acme.Example ')
    await page.fill('#lead [name=company]', 'Acme')
    await page.fill('#lead [name=password]', 'hunter2')
    await page.click('#lead button')
    await page.waitForURL('**/form/done?lead')
    return { readable: bodies.filter((b) => /ann@|hunter2|nobody@/i.test(b)) }
  },
  async closing(context) {
    for (const way of ['close', 'leave']) {
      const page = await context.newPage()
      const sent = taken(page)
      await page.goto(`${shop}/closing/${way}`)
      await sent
      await page.evaluate((w) => { tributary.track('Closing ' + w) }, way)
      if (way === 'leave') await page.goto('about:blank')
      else {
        const closed = page.waitForEvent('close')
        await page.close({ runBeforeUnload: true })
        await closed
      }
    }
  },
  async gpc(context) {
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }))
    return denied(context, 'gpc')
  },
  async dnt(context) {
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' }))
    return denied(context, 'dnt')
  },
  async waiting(context) {
    const page = await context.newPage()
    let calls = 0
    page.on('request', (r) => isCall(r) && calls++)
    await page.goto(`${shop}/waiting/?utm_source=newsletter&utm_medium=email`)
    await page.waitForFunction(() => window.tributary && tributary.page)
    const before = { calls, visitor: await page.evaluate(() => tributary.visitor() || null), kept: await page.evaluate(() => document.cookie + Object.keys(localStorage)) }
    const sent = taken(page)
    await page.evaluate(() => { tributary.consent(true) })
    await sent
    const visitor = await storedId(page)
    await page.evaluate(() => { tributary.consent(false); tributary.track('After Withdrawal') })
    return { before, visitor, after: await page.evaluate(() => document.cookie + Object.keys(localStorage)) }
  },
  async tcf(context) {
    await context.addInitScript(() => {
      window.__tcfapi = (command, version, cb) => { window.tell = cb }
    })
    const page = await context.newPage()
    await page.goto(`${shop}/tcf/`)
    await page.waitForFunction(() => window.tell)
    await page.evaluate(() => {
      tell({ eventStatus: 'cmpuishown', gdprApplies: true, purpose: { consents: { 1: true } } }, true)
      tributary.track('While Asked')
      tell({ eventStatus: 'useractioncomplete', gdprApplies: true, purpose: { consents: { 1: false } } }, true)
      tributary.track('While Refused')
    })
    const sent = taken(page)
    await page.evaluate(() => {
      tell({ eventStatus: 'useractioncomplete', gdprApplies: true, purpose: { consents: { 1: true } } }, true)
      tributary.track('While Granted')
    })
    await sent
  },
  async retry(context) {
    let broken = true
    let refused = 0
    await context.route(collector + '/v1/**', (route) => {
      if (!broken) return route.continue()
      refused++
      return refused % 2 ? route.abort() : route.fulfill({ status: 503, headers: { 'access-control-allow-origin': shop, 'access-control-allow-credentials': 'true' } })
    })
    let page = await context.newPage()
    await page.goto(`${shop}/retry/1`)
    await page.waitForFunction(() => window.tributary && tributary.page)
    await page.evaluate(() => { tributary.track('Tried Again') })
    // The first attempt and its repetition have failed.
    await page.waitForFunction(() => Object.keys(localStorage).some((k) => k.startsWith('trb_q.')))
    await page.goto('about:blank')
    broken = false
    page = await context.newPage()
    const sent = taken(page)
    await page.goto(`${shop}/retry/2`)
    await sent
    const later = taken(page)
    await page.evaluate(() => { tributary.track('Tried Later') })
    await later
    return { refused, left: await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('trb_q.'))) }
  },
  async linking(context) {
    const page = await context.newPage()
    let sent = taken(page)
    await page.goto(`${shop}/linking/`)
    await sent
    const from = await storedId(page)
    sent = taken(page)
    await page.click('#other')
    await sent
    const there = { address: page.url(), visitor: await storedId(page) }
    // Somebody who got the link by mail is another visitor.
    const stranger = await page.context().browser().newContext({ userAgent })
    const copied = await stranger.newPage()
    sent = taken(copied)
    await copied.goto(there.address + '?_trb=' + from + '.' + Date.now().toString(36) + '&a=b%20c')
    await sent
    const result = { from, there, copied: { address: copied.url(), visitor: await storedId(copied) } }
    await stranger.close()
    return result
  },
  async early(context) {
    const page = await context.newPage()
    const sent = taken(page)
    await page.goto(`${shop}/early/`)
    await sent
    const known = taken(page)
    await page.evaluate(() => { tributary.identify('user-7', { email: 'Bob@Acme.example' }); tributary.track('Known') })
    await known
  },
  async barred(context) {
    const page = await context.newPage()
    const pictures = []
    const shown = () => page.waitForResponse((r) => r.url().includes('/px.gif') && r.ok())
    page.on('request', (r) => r.url().includes('/px.gif') && pictures.push(r.url()))
    let sent = shown()
    await page.goto(`${shop}/barred/?utm_source=newsletter&utm_medium=email`)
    const response = await sent
    sent = shown()
    await page.evaluate(() => { tributary.identify({ email: 'Ann@Acme.Example' }); tributary.track('Barred', { name: 'Zoë' }) })
    await sent
    const result = { setCookie: (await response.allHeaders())['set-cookie'] || '', visitor: await storedId(page) }
    await page.evaluate(() => { tributary.track('Barred Leaving') })
    sent = shown()
    await page.goto(`${shop}/barred/two`) // A picture does not outlive its page: the next one sends it.
    await sent
    await page.waitForFunction(() => !Object.keys(localStorage).some((k) => k.startsWith('trb_q.')))
    const readable = pictures.map((u) => atob(decodeURIComponent(u.split('d=')[1]))).filter((b) => /ann@/i.test(b))
    return { ...result, readable }
  },
  async noscript(context) {
    const bare = await context.browser().newContext({ userAgent, javaScriptEnabled: false })
    try {
      const page = await bare.newPage()
      for (const path of ['/noscript/?utm_source=google&utm_medium=cpc&gclid=abc', '/noscript/two']) {
        const sent = page.waitForResponse((r) => r.url().includes('/px.gif'))
        await page.goto(shop + path)
        await sent
      }
      const seen = { cookies: await ids(bare) }
      await bare.clearCookies()
      await bare.setExtraHTTPHeaders({ 'Sec-GPC': '1' })
      const sent = page.waitForResponse((r) => r.url().includes('/px.gif'))
      await page.goto(`${shop}/noscript/gpc?utm_source=google&utm_medium=cpc`)
      await sent
      return { ...seen, kept: JSON.stringify(await ids(bare)) }
    } finally {
      await bare.close()
    }
  },
  async demo(context) {
    const page = await context.newPage()
    const complaints = []
    page.on('console', (m) => m.type() === 'error' && !/favicon/.test(m.location().url) && complaints.push(m.text()))
    const sent = taken(page)
    await page.goto(collector + '/demo?utm_source=newsletter&utm_medium=email')
    await sent
    await page.click('text=Pricing')
    await page.fill('[name=email]', 'demo@acme.example')
    await page.click('#demo-request button')
    await page.waitForURL('**/demo/thanks')
    return { complaints }
  },
}

// denied looks at a browser that says no, and then at a visitor of it who says yes to this site.
async function denied(context, story) {
  const page = await context.newPage()
  await page.goto(`${shop}/${story}/`)
  await page.waitForFunction(() => window.tributary && tributary.page)
  await page.evaluate(() => { tributary.track('Unwanted') })
  const kept = await page.evaluate(() => document.cookie + Object.keys(localStorage))
  const sent = taken(page)
  await page.evaluate((s) => { tributary.consent(true); tributary.track('Chosen ' + s) }, story)
  await sent
  return { kept }
}

// blocked is a browser that lets no site keep anything: a setting of its profile, so it has one of its own.
async function blocked() {
  const profile = mkdtempSync(join(tmpdir(), 'pixel-'))
  mkdirSync(join(profile, 'Default'))
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }))
  const context = await chromium.launchPersistentContext(profile, { ...options, userAgent })
  try {
    const page = await context.newPage()
    let sent = taken(page)
    await page.goto(`${shop}/blocked/?utm_source=google&utm_medium=cpc`)
    await sent
    sent = taken(page)
    await page.evaluate(() => { tributary.track('Blocked') })
    await sent
    return {
      cookies: await page.evaluate(() => document.cookie),
      storage: await page.evaluate(() => { try { return String(localStorage.length) } catch (e) { return e.name } }),
    }
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

const browser = await chromium.launch(options)
const wanted = process.argv.slice(2)
try {
  for (const [name, story] of Object.entries(stories)) {
    if (wanted.length && !wanted.includes(name)) continue
    const context = await browser.newContext({ userAgent })
    context.setDefaultTimeout(120_000)
    try {
      out[name] = (await story(context)) || {}
    } catch (e) {
      out[name] = { error: String(e.stack || e) }
    }
    await context.close()
  }
} finally {
  await browser.close()
}
if (!wanted.length || wanted.includes('blocked')) out.blocked = await blocked().catch((e) => ({ error: String(e.stack || e) }))
console.log(JSON.stringify(out))
