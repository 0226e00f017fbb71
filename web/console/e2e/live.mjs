// An administrator at a real console: reads what to do, one JSON object a line, does it in Chromium, and says how it went, one line each.
// The thread test of the whole product drives it; `node e2e/live.mjs` alone waits for lines such as {"do":"open","url":"http://127.0.0.1:8080/"}.
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'fr-FR', timezoneId: 'Europe/Paris', reducedMotion: 'reduce' })
context.setDefaultTimeout(20_000)
const page = await context.newPage()
const complaints = []
page.on('pageerror', (e) => complaints.push(e.message))
let base = ''

const does = {
  async open({ url }) {
    base = url.endsWith('/') ? url : `${url}/`
    await page.goto(base)
  },

  /** The first administrator, with the code the program printed. */
  async setup({ code, name, email, password }) {
    await page.getByLabel('Code à usage unique').fill(code)
    await page.getByLabel('Votre nom').fill(name)
    await page.getByLabel('Adresse électronique').fill(email)
    await page.getByLabel('Mot de passe').fill(password)
    await page.getByRole('button', { name: 'Créer et entrer' }).click()
    await page.getByRole('button', { name: 'Ajouter un boîtier' }).first().waitFor()
  },

  async signin({ email, password }) {
    await page.locator('input[type=email]').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.locator('button[type=submit]').click()
    await page.locator('.sites-table .row').first().waitFor()
  },

  /** A site, and the claim code for its box. */
  async add({ name }) {
    await page.getByRole('button', { name: 'Ajouter un boîtier' }).first().click()
    await page.getByLabel('Nom du site').fill(name)
    await page.keyboard.press('Enter')
    const code = page.locator('.claim-code')
    await code.waitFor()
    const claim = (await code.innerText()).trim()
    const server = (await page.locator('.steps').innerText()).match(/https:\/\/[^\s,;]+/)[0].replace(/[.]$/, '')
    await page.getByRole('button', { name: 'Ouvrir le site' }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
    return { claim, server, site: page.url().match(/#\/sites\/([^/]+)/)[1] }
  },

  /** A text is put in the editor, published, and followed to its end. */
  async publish({ site, text, reason, until }) {
    await page.goto(`${base}#/sites/${site}/settings/text`)
    const editor = page.locator('.editor textarea')
    await editor.fill(text)
    await editor.blur()
    await page.getByRole('button', { name: 'Publier', exact: true }).click()
    await page.getByLabel('Raison').fill(reason)
    await page.keyboard.press('Control+Enter')
    await page.locator('#revision-title ~ .card-action', { hasText: until }).waitFor({ timeout: 120_000 })
    return { title: await page.locator('#revision-title').innerText() }
  },

  /** How many calls the page lists, with their lines. */
  async calls({ site, count }) {
    await page.goto(`${base}#/sites/${site}/calls`)
    // A list that somebody reads does not move by itself: what is new waits behind a button.
    const fresh = page.getByRole('button', { name: /nouve(l|aux) appels?$/ })
    const rows = page.locator('.calls-table tbody .row')
    for (const end = Date.now() + 120_000; (await rows.count()) !== count; ) {
      if (Date.now() > end) throw new Error(`there are ${await rows.count()} calls, not ${count}`)
      if (await fresh.isVisible()) await fresh.click()
      await page.waitForTimeout(500)
    }
    return { calls: await page.locator('.calls-table tbody .row').allInnerTexts() }
  },

  async shot({ route, wait, path, width = 1280, height = 900 }) {
    await page.setViewportSize({ width, height })
    await page.goto(`${base}${route}`)
    await page.locator(wait).first().waitFor()
    await page.waitForTimeout(800) // figures settle: a picture, not a test
    await page.screenshot({ path })
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  let said
  try {
    const { do: what, ...rest } = JSON.parse(line)
    said = { ok: true, ...(await does[what](rest)) }
    if (complaints.length > 0) said = { ok: false, why: `the page threw: ${complaints.join('; ')}` }
  } catch (e) {
    said = { ok: false, why: `${e.message}\n${(await page.locator('body').innerText().catch(() => '')).slice(0, 1500)}` }
  }
  console.log(JSON.stringify(said))
}
await browser.close()
