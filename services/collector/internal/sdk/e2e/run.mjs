// Drives a real Chromium over sites that use other products' SDKs. The Go test beside it starts the sites and the collector, and asserts what was received; here
// only what the browser alone can tell is looked at. Prints one JSON object: story -> what was seen.
import { chromium } from 'playwright-core'

const { CHROMIUM, SITE_PORT, COLLECTOR_PORT } = process.env
const shop = `http://www.shop.test:${SITE_PORT}`
const collector = `http://t.shop.test:${COLLECTOR_PORT}`
const landing = '?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=abc'
const out = {}

// posted waits for n answers of the collector to what was sent, all good.
const posted = (page, n) => {
  let left = n
  return page.waitForResponse((r) => r.url().startsWith(collector) && (r.request().method() === 'POST' || r.url().includes('/i?')) && r.ok() && --left <= 0, { timeout: 120_000 })
}

const open = async (context, story, sent) => {
  const page = await context.newPage()
  const done = sent ? posted(page, sent) : null
  await page.goto(`${shop}/${story}/${landing}`, { referer: 'https://www.google.com/' })
  await done
  return page
}

const stories = {
  async segment(context) {
    const page = await open(context, 'segment', 1)
    const alias = posted(page, 1)
    await page.evaluate(() => analytics.alias('seg-user'))
    await alias
    const done = posted(page, 3)
    await page.evaluate(async () => {
      await analytics.identify('seg-user', { email: 'Ann@Acme.example' })
      await analytics.track('Lead Submitted', { plan: 'pro', revenue: 5 })
      await analytics.group('acme', { name: 'Acme' })
    })
    await done
  },
  async 'segment-batch'(context) {
    const page = await open(context, 'segment-batch', 0)
    await page.evaluate(() => analytics.ready())
    await page.evaluate(() => analytics.track('Batched', { n: 1 }))
    await page.evaluate(() => analytics.track('Batched', { n: 2 }))
    // Ten minutes and seven events early: leaving the page has to send them.
    await page.goto(`${shop}/leave`)
  },
  async rudder(context) {
    const page = await open(context, 'rudder', 1)
    const done = posted(page, 3)
    await page.evaluate(() => {
      rudder.identify('rudder-user', { email: 'Cy@Acme.example' })
      rudder.track('Demo Requested', { plan: 'team' })
      rudder.group('acme')
    })
    await done
  },
  async 'rudder-beacon'(context) {
    const page = await open(context, 'rudder-beacon', 0)
    await page.waitForFunction(() => rudder.getAnonymousId())
    await page.evaluate(() => new Promise((resolve) => rudder.ready(resolve)))
    await page.evaluate(() => rudder.track('Beaconed', { n: 1 }))
    await page.waitForTimeout(300)
    await page.goto(`${shop}/leave`)
  },
  async snowplow(context) {
    const page = await open(context, 'snowplow', 0)
    const done = posted(page, 1)
    await page.evaluate(() => {
      snowplow.setUserId('sp-user')
      snowplow.trackStructEvent({ category: 'shop', action: 'Trial Started', label: 'pro', value: 9.5 })
      snowplow.trackSelfDescribingEvent({ event: { schema: 'iglu:com.acme/demo_requested/jsonschema/1-0-0', data: { plan: 'team', email: 'Di@Acme.example' } } })
      snowplow.trackSelfDescribingEvent({ event: { schema: 'iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1', data: { targetUrl: 'https://elsewhere.example/' } } })
    })
    await done
    const cookies = await context.cookies(collector)
    return { sp: cookies.find((c) => c.name === 'sp') || null, duid: await page.evaluate(() => document.cookie ) }
  },
  async 'snowplow-plain'(context) {
    const page = await open(context, 'snowplow-plain', 0)
    const done = posted(page, 1)
    await page.evaluate(() => {
      for (const n of [1, 2, 3]) {
        snowplow.trackSelfDescribingEvent({
          event: { schema: 'iglu:com.acme/plain/jsonschema/1-0-0', data: { n } },
          context: [{ schema: 'iglu:com.acme/thing/jsonschema/1-0-0', data: { a: 'ü' } }],
        })
      }
    })
    await done
  },
  async 'snowplow-get'(context) {
    await open(context, 'snowplow-get', 1)
  },
  async 'snowplow-ping'(context) {
    const page = await context.newPage()
    const done = posted(page, 1)
    await page.goto(`${shop}/snowplow-ping/${landing}`)
    await page.evaluate(() => {
      snowplow.enableActivityTracking({ minimumVisitLength: 1, heartbeatDelay: 1 })
      snowplow.trackPageView()
    })
    for (let i = 0; i < 6; i++) {
      await page.mouse.move(10 + i, 10)
      await page.mouse.wheel(0, 10)
      await page.waitForTimeout(600)
    }
    await done
  },
  async 'snowplow-anonymous'(context) {
    const page = await open(context, 'snowplow-anonymous', 0)
    const done = posted(page, 1)
    await page.evaluate(() => { for (let i = 0; i < 3; i++) snowplow.trackPageView() })
    await done
    return { cookies: (await context.cookies(collector)).map((c) => c.name) }
  },
}

const browser = await chromium.launch({
  executablePath: CHROMIUM, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP *.test 127.0.0.1'],
})
try {
  for (const [name, story] of Object.entries(stories)) {
    // The collector counts headless browsers as bots.
    const context = await browser.newContext({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36' })
    context.setDefaultTimeout(120_000) // of a slow machine
    const complaints = []
    context.on('console', (m) => m.type() === 'error' && complaints.push(m.text()))
    try {
      out[name] = (await story(context)) || {}
    } catch (e) {
      out[name] = { failed: String(e) }
    }
    out[name].complaints = complaints
    await context.close()
  }
} finally {
  await browser.close()
}
console.log(JSON.stringify(out))
