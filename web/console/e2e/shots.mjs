// The pictures of docs/screens: few, small, and of one story.
import { join } from 'node:path'

export async function shots({ open, signIn, base, world }, dir) {
  const made = []
  const shot = async (page, name) => {
    const path = join(dir, name)
    await page.waitForTimeout(150)
    await page.screenshot({ path })
    made.push(path)
  }
  world()
  const page = await open({ width: 1280, height: 800 })
  await signIn(page)
  await shot(page, 'console-sites.png')
  await page.goto(`${base}#/sites/toulouse`)
  await page.locator('.queues-table').waitFor()
  await shot(page, 'console-site.png')
  await page.goto(`${base}#/sites/toulouse/calls/c996`)
  await page.locator('.told').waitFor()
  await shot(page, 'console-call.png')
  await page.goto(`${base}#/sites/toulouse/settings/queues`)
  await page.locator('summary', { hasText: 'Rouge' }).click()
  await page.getByLabel('Attente au plus').fill('2m')
  await page.getByLabel('Attente au plus').press('Tab')
  await page.locator('.pill').waitFor()
  await page.getByLabel('Temps de sonnerie chez un agent').fill('25')
  await page.getByLabel('Temps de sonnerie chez un agent').press('Tab')
  await page.locator('.field-error', { hasText: 'n’est pas une durée' }).waitFor()
  await shot(page, 'console-settings.png')
  await page.getByLabel('Temps de sonnerie chez un agent').fill('25s')
  await page.getByLabel('Temps de sonnerie chez un agent').press('Tab')
  await page.locator('.pill', { hasText: '2' }).waitFor()
  await page.goto(`${base}#/sites/toulouse/settings/publish`)
  await page.getByLabel('Raison').fill('Moins d’attente pour les commandes')
  await shot(page, 'console-publish.png')
  await page.goto(`${base}#/sites/nancy/revisions`)
  await page.locator('.text-block').waitFor()
  await shot(page, 'console-revisions.png')
  await page.context().close()

  const dark = await open({ language: 'en', scheme: 'dark', width: 1280, height: 800 })
  await signIn(dark)
  await dark.goto(`${base}#/sites/toulouse`)
  await dark.locator('.queues-table').waitFor()
  await shot(dark, 'console-site-dark.png')
  await dark.context().close()

  const small = await open({ width: 320, height: 640 })
  await signIn(small)
  await shot(small, 'console-sites-320.png')
  await small.context().close()
  return made
}
