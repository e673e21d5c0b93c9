// A site with RudderStack's SDK, its data and control planes both here.
import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'

window.rudder = new RudderAnalytics()
rudder.load(window.writeKey, window.collector, { configUrl: window.collector, useBeacon: location.pathname.startsWith('/rudder-beacon'), logLevel: 'WARN' })
rudder.page()
