// Walks every page in Chromium against the invented firm: axe on each, then what people do. With --shots it takes the pictures of docs/screens.
import { mkdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { serve, world } from '../mock/server.mjs'
import { flows } from './flows.mjs'
import { shots } from './shots.mjs'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// Tuesday 24 November 2026, 10:42:18 in Paris: the story's morning. The page follows the server's clock, wherever the browser's stands.
const MORNING = Date.UTC(2026, 10, 24, 9, 42, 18)

// What follows --only is a part of the name of the flows to play; then no page is walked.
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''

const began = Date.now()
const now = () => MORNING + Date.now() - began
let current = world({ now })
const server = await serve(() => current)
const base = `http://127.0.0.1:${server.address().port}/`

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
}).catch((e) => {
  console.error(`Chromium could not be started. On Debian: apt-get install chromium; or name another program in CHROMIUM.\n${e.message}`)
  process.exit(1)
})

let failures = 0
function fail(where, what) {
  failures++
  console.error(`✗ ${where}: ${what}`)
}

/** open makes a page of its own, that reports everything the browser complains about. */
async function open({ language = 'fr', scheme = 'light', width = 1280, height = 800, where = 'page' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, locale: language === 'fr' ? 'fr-FR' : 'en-GB', timezoneId: 'Europe/Paris', colorScheme: scheme, reducedMotion: 'reduce',
    permissions: ['clipboard-write'],
  })
  context.setDefaultTimeout(5_000)
  const page = await context.newPage()
  page.on('pageerror', (e) => fail(where, `the page threw: ${e.message}`))
  page.on('console', (m) => {
    // A refusal that the test asks for is logged by the browser too; its policy's complaints are never asked for.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource') && !m.text().includes('net::ERR')) fail(where, `console: ${m.text()}`)
  })
  page.on('request', (r) => {
    if (!r.url().startsWith(base) && !r.url().startsWith('data:')) fail(where, `it asks elsewhere: ${r.url()}`)
  })
  return page
}

/** check runs axe, and looks for what spills over the page's side. */
async function check(page, where) {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  for (const v of violations) fail(where, `axe ${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? n.failureSummary ?? ''}`).join('\n    ')}`)
  const over = await page.evaluate(() => [document.documentElement, document.querySelector('main')].some((e) => e && e.scrollWidth > e.clientWidth + 1))
  if (over) {
    const who = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map((e) => `${e.tagName}.${e.className}`).join(', '))
    fail(where, `it is wider than the window: ${who}`)
  }
}

async function signIn(page) {
  await page.goto(base)
  await page.locator('input[type=email]').fill('solene@verdier.example')
  await page.locator('input[type=password]').fill('une phrase assez longue')
  await page.locator('button[type=submit]').click()
  await page.locator('.sites-table .row').first().waitFor()
}

const tools = { open, check, signIn, base, fail, world: (o) => (current = world({ now, ...o })), get current() { return current }, now }

if (process.argv.includes('--shots')) {
  const dir = fileURLToPath(new URL('../../../docs/screens/', import.meta.url))
  await mkdir(dir, { recursive: true })
  for (const file of await shots(tools, dir)) {
    const { size } = await stat(file)
    console.log(`${file.split('/').at(-1)} ${Math.round(size / 1024)} kB`)
    if (size > 200 * 1024) fail(file, 'is larger than 200 kB')
  }
} else {
  const PAGES = [['', '.sites-table .row'], ['#/sites/toulouse', '.queues-table'], ['#/sites/ajaccio', '.link-line'], ['#/sites/lehavre', '.local'], ['#/sites/toulouse/calls', '.calls-table .row'], ['#/sites/toulouse/calls/c996', '.told'],
    ['#/sites/toulouse/settings/site', '.form'], ['#/sites/toulouse/settings/queues', '.form'], ['#/sites/toulouse/settings/rules', '.form'], ['#/sites/toulouse/settings/text', '.editor'],
    ['#/sites/toulouse/settings/publish', '.publish'], ['#/sites/nancy/revisions', '.text-block'], ['#/people', '.people-table'], ['#/journal', '.journal-table'], ['#/nothing', '.empty'], ['#/sites/nobody', '.empty']]
  let walked = 0
  for (const language of only ? [] : ['fr', 'en']) {
    for (const scheme of ['light', 'dark']) {
      for (const width of [320, 1280]) {
        const where = `${language} ${scheme} ${width}`
        tools.world({ needed: true })
        const page = await open({ language, scheme, width, where })
        await page.goto(base)
        await page.locator('input[autocomplete=new-password]').waitFor()
        await check(page, `${where} setup`)
        tools.world()
        await page.reload()
        await page.locator('input[autocomplete=current-password]').waitFor()
        await check(page, `${where} sign-in`)
        await page.locator('a[href="#/setup"]').click()
        await page.locator('input[autocomplete=new-password]').waitFor()
        await check(page, `${where} a code`)
        await signIn(page)
        for (const [hash, sign] of PAGES) {
          await page.goto(base + hash)
          await page.locator(sign).first().waitFor().catch(() => fail(`${where} ${hash}`, `no ${sign}`))
          if (hash.endsWith('queues')) await page.locator('summary').first().click()
          await check(page, `${where} ${hash || '#/sites'}`)
          walked++
        }
        await page.context().close()
      }
    }
  }
  // Between the two, and beyond: nothing spills.
  for (const width of only ? [] : [768, 1920]) {
    tools.world()
    const page = await open({ width, where: `${width}` })
    await signIn(page)
    for (const [hash, sign] of PAGES.slice(0, 14)) {
      await page.goto(base + hash)
      await page.locator(sign).first().waitFor().catch(() => fail(`${width} ${hash}`, `no ${sign}`))
      await check(page, `${width} ${hash}`)
      walked++
    }
    await page.context().close()
  }
  console.log(`${walked} pages walked`)
  for (const [name, flow] of Object.entries(flows)) {
    if (!name.includes(only)) continue
    tools.world()
    try {
      await flow(tools)
      console.log(`  ${name}`)
    } catch (e) {
      fail(name, e.stack ?? e)
    }
  }
}

await browser.close()
server.closeAllConnections()
server.close()
if (failures > 0) {
  console.error(`${failures} failures`)
  process.exit(1)
}
