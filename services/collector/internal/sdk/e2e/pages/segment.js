// A site with analytics.js that points its settings here and changes nothing else.
import { AnalyticsBrowser } from '@segment/analytics-next'

const batching = { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 10, timeout: 60_000 } } } } }
window.analytics = AnalyticsBrowser.load({ writeKey: window.writeKey, cdnURL: window.collector }, location.pathname.startsWith('/segment-batch') ? batching : {})
analytics.page()
