import { render } from 'preact'
import { App } from './App'
import { follow, go, href } from './lib/address'
import { roleOf } from './lib/role'
import './styles/base.css'

const root = document.getElementById('app')!
root.replaceChildren()
document.addEventListener('click', follow)
if (location.pathname === '/') {
  const params = Object.fromEntries(new URLSearchParams(location.search))
  const { start } = roleOf(params)
  go(href(start.place, { ...start.params, ...params }), true)
}
render(<App />, root)
