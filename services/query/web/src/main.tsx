import { render } from 'preact'
import { App } from './App'
import { follow } from './lib/address'
import './styles/base.css'

const root = document.getElementById('app')!
root.replaceChildren()
document.addEventListener('click', follow)
render(<App />, root)
