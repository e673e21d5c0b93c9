// A server with analytics-node.
import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: process.env.SECRET_KEY, host: process.env.COLLECTOR, flushAt: 5 })
analytics.on('error', (e) => { console.error(e); process.exitCode = 1 })
analytics.identify({ userId: 'node-user', traits: { email: 'Bo@Acme.example' } })
analytics.track({ userId: 'node-user', event: 'Order Completed', properties: { revenue: 1250.5, currency: 'EUR' } })
analytics.page({ anonymousId: 'node-visitor', properties: { url: 'https://shop.example/?utm_source=news&utm_medium=email' } })
analytics.group({ userId: 'node-user', groupId: 'acme' })
analytics.alias({ userId: 'node-user', previousId: 'node-visitor' })
analytics.screen({ userId: 'node-user', name: 'Home' })
await analytics.closeAndFlush({ timeout: 120_000 })
