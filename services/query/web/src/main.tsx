import { render } from 'preact'
import { App } from './App'
import { follow, go, href } from './lib/address'
import { watchPaper } from './lib/paper'
import { roleOf } from './lib/role'
import './styles/base.css'

const root = document.getElementById('app')!
root.replaceChildren()
document.addEventListener('click', follow)
watchPaper()
if (location.pathname === '/') {
  const params = Object.fromEntries(new URLSearchParams(location.search))
  const { start } = roleOf(params)
  const table = ['group_by', 'sort', 'channel'].some((p) => p in params) // an address of the table of channels, from before there were places
  go(table ? href('channels', params) : href(start.place, { ...start.params, ...params }), true)
}
render(<App />, root)
