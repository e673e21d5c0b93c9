import { defineConfig } from 'vite'

// One page, no inlined assets: the content security policy of the service allows files of its own origin and nothing else.
export default defineConfig({
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist', emptyOutDir: true, assetsDir: 'assets', assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false }, cssCodeSplit: false,
    reportCompressedSize: true,
  },
})
