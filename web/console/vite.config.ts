import { defineConfig } from 'vitest/config'

// The page is served by the cloud's program under a strict Content-Security-Policy: no inline script or style, nothing from elsewhere.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // "use client" is a word for servers that draw React; there is none here.
      onLog(level, log, say) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') say(level, log)
      },
    },
  },
  server: { proxy: { '/api': process.env['AUTOCOM_CLOUD'] ?? 'http://127.0.0.1:8471' } },
  test: { include: ['src/**/*.test.ts'] },
})
