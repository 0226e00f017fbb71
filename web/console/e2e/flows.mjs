// What people do with the page, from the first code to a published revision. Each starts in a firm of its own.
import assert from 'node:assert/strict'
import { tell } from '../mock/server.mjs'

const text = async (locator) => (await locator.innerText()).replace(/\s+/g, ' ').trim()

export const flows = {
  async 'the first administrator comes in with the code'({ open, world, base }) {
    world({ needed: true, empty: true })
    const page = await open()
    await page.goto(base)
    await page.getByRole('button', { name: 'Créer et entrer' }).click()
    await page.getByText('Il faut 12 caractères au moins.').waitFor()
    await page.getByLabel('Code à usage unique').fill('FAUX')
    await page.getByLabel('Votre nom').fill('Solène Lacaze')
    await page.getByLabel('Adresse électronique').fill('solene@verdier.example')
    await page.getByLabel('Mot de passe').fill('une phrase assez longue')
    await page.getByRole('button', { name: 'Créer et entrer' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Code à usage unique').fill('PREMIER-CODE')
    await page.getByRole('button', { name: 'Créer et entrer' }).click()
    await page.getByText('Aucun site pour l’instant').waitFor()
    await page.context().close()
  },

  async 'a wrong password is refused in words'({ open, base }) {
    const page = await open({ language: 'en' })
    await page.goto(base)
    await page.getByLabel('E-mail address').fill('solene@verdier.example')
    await page.getByLabel('Password').fill('something else')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Wrong address or password.').waitFor()
    await page.context().close()
  },

  async 'a session that ends comes back to where it was'({ open, signIn, base, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/toulouse/calls`)
    await page.locator('.calls-table .row').first().waitFor()
    t.current.sessions.clear()
    tell(t.current, 'toulouse', 'facts')
    await page.getByText('Votre session a expiré').waitFor()
    await page.getByLabel('Adresse électronique').fill('solene@verdier.example')
    await page.getByLabel('Mot de passe').fill('une phrase assez longue')
    await page.getByRole('button', { name: 'Se connecter' }).click()
    await page.locator('.calls-table .row').first().waitFor()
    assert.match(page.url(), /#\/sites\/toulouse\/calls$/)
    await page.context().close()
  },

  async 'the list is walked and filtered by keyboard, and keeps its order until R'({ open, signIn, ...t }) {
    const page = await open()
    await signIn(page)
    const names = () => page.locator('.sites-table tbody .row .cell-site strong').allInnerTexts()
    const before = await names()
    assert.equal(before[0], 'Brest')
    t.current.sites.get('marseille').row.health = { level: 'down', reasons: [{ code: 'trunk.down' }] }
    tell(t.current, 'marseille', 'status')
    await page.locator('.row', { hasText: 'Marseille' }).getByText('Lignes coupées').waitFor()
    assert.deepEqual(await names(), before)
    await page.keyboard.press('r')
    await page.waitForFunction(() => document.querySelectorAll('.sites-table tbody .row')[1]?.textContent.includes('Marseille'))
    await page.keyboard.press('/')
    await page.keyboard.type('toul')
    await page.waitForFunction(() => document.querySelectorAll('.sites-table tbody .row').length === 1)
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Toulouse, agence Saint-Cyprien' }).waitFor()
    await page.context().close()
  },

  async 'a site is added and its claim code shown'({ open, signIn, check, fail }) {
    const page = await open()
    await signIn(page)
    await page.getByRole('button', { name: 'Ajouter un boîtier' }).click()
    await page.getByLabel('Nom du site').fill('Dijon')
    await page.keyboard.press('Enter')
    await page.getByText('7KQ4-M2XA-9TRD').waitFor()
    await check(page, 'claim sheet')
    if (!(await text(page.locator('.steps'))).includes('https://console.verdier.example:8472')) fail('claim', 'the server’s address is not told')
    await page.getByRole('button', { name: 'Ouvrir le site' }).click()
    await page.getByRole('heading', { level: 1, name: 'Dijon' }).waitFor()
    await page.getByText('Aucun boîtier ne s’est encore annoncé.').waitFor()
    await page.context().close()
  },

  async 'a field is changed, its mistake shown at the field, mended, published and followed to confirmed'({ open, signIn, base, check, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/toulouse/settings/queues`)
    await page.locator('summary', { hasText: 'Rouge, commandes' }).click()
    const wait = page.getByLabel('Attente au plus')
    await wait.fill('longtemps')
    await wait.press('Tab')
    await page.locator('.field', { hasText: 'Attente au plus' }).getByText('is no span of time').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Publier', exact: true }).isDisabled())
    await page.getByText('1 problème empêche de publier.').waitFor()
    await check(page, 'a problem at its field')
    await wait.fill('2m')
    await wait.press('Tab')
    await page.locator('.pill', { hasText: '1 changement' }).waitFor()
    await page.getByText('File Rouge, commandes : attente au plus').first().waitFor()
    await page.getByRole('button', { name: 'Publier', exact: true }).click()
    await check(page, 'publish sheet')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Dites pourquoi, en quelques mots.').waitFor()
    await page.getByLabel('Raison').fill('Moins d’attente')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'N° 128' }).waitFor()
    await page.locator('#revision-title ~ .card-action', { hasText: 'Confirmée' }).waitFor()
    assert.equal(t.current.sites.get('toulouse').revisions.at(-1).reason, 'Moins d’attente')
    assert.match(t.current.sites.get('toulouse').revisions.at(-1).text, /password: "Wq7r2Lx9Tn4k8Bv1"/)
    assert.match(t.current.sites.get('toulouse').revisions.at(-1).text, /# le 0 pour sortir/)
    await page.context().close()
  },

  async 'a phone is added with a password of its own, and removed'({ open, signIn, base, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/annecy/settings/extensions`)
    await page.getByRole('button', { name: 'Ajouter un poste' }).click()
    const last = page.locator('.items > li').last()
    await last.getByLabel('Numéro', { exact: true }).fill('299')
    await last.getByLabel('Numéro', { exact: true }).press('Tab')
    await last.locator('summary', { hasText: '299' }).waitFor()
    await last.getByRole('button', { name: 'En créer un' }).click()
    const made = await last.getByLabel('Mot de passe du téléphone').inputValue()
    assert.match(made, /^[A-Za-z2-9]{20}$/)
    await page.waitForFunction(() => !document.body.innerText.includes('Enregistrement…'))
    assert.ok(t.current.sites.get('annecy').draft.text.includes(made))
    await last.getByRole('button', { name: 'Retirer' }).click()
    await last.getByRole('button', { name: 'Retirer' }).click()
    await page.getByText('Aucun changement').waitFor()
    await page.context().close()
  },

  async 'the text is edited, its mistake has a line, and a revision is taken again'({ open, signIn, base, ...t }) {
    const page = await open({ language: 'en' })
    await signIn(page)
    await page.goto(`${base}#/sites/lyon/settings/text`)
    const area = page.getByRole('textbox', { name: 'Text' })
    const was = await area.inputValue()
    assert.ok(was.includes('••••••••') && !was.includes('Wq7r2Lx9'))
    await area.fill(was.replace('overflow: bleue', 'overflow: grise'))
    await page.keyboard.press('Control+s')
    await page.locator('.gutter .wrong').waitFor()
    await page.getByRole('button', { name: /there is no queue "grise"/ }).click()
    assert.ok(await area.evaluate((a) => a.value.slice(a.selectionStart, a.selectionEnd).includes('grise')))
    await area.fill(`${was}\n  broken: [`)
    await page.keyboard.press('Control+s')
    await page.getByText('This text cannot be read: it is not saved.').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Publish', exact: true }).isDisabled())
    await page.goto(`${base}#/sites/lyon/calls`)
    await page.locator('.calls-table').waitFor()
    await page.goto(`${base}#/sites/lyon/settings/text`)
    assert.match(await area.inputValue(), /broken: \[/)
    await page.goto(`${base}#/sites/lyon/revisions/126`)
    await page.getByRole('button', { name: 'Take this text again' }).click()
    await page.getByRole('button', { name: 'Replace the draft' }).click()
    await page.locator('.editor').waitFor()
    await page.getByText('Queue Rouge, commandes: longest wait').waitFor()
    assert.match(t.current.sites.get('lyon').draft.text, /Wq7r2Lx9Tn4k8Bv1/)
    await page.context().close()
  },

  async 'two people change the same draft: what is lost is shown, and can be put back'({ open, signIn, base, check, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/angers/settings/queues`)
    await page.locator('summary', { hasText: 'Bleue' }).click()
    const s = t.current.sites.get('angers')
    s.draft = { text: s.revisions.at(-1).text.replace('Verte, devis', 'Verte, chantiers'), tag: 'other', by: 'Karim Benali', at: t.now() }
    const name = page.locator('details[open]').getByLabel('Nom', { exact: true })
    await name.fill('Bleue, dépannage')
    await name.press('Tab')
    await page.getByText('Karim Benali a modifié ce brouillon en même temps que vous').waitFor()
    assert.match(await text(page.locator('.edge-attention')), /Bleue, dépannage/)
    await check(page, 'a lost edit')
    await page.getByRole('button', { name: 'Remettre mes changements' }).click()
    await page.locator('.pill', { hasText: '2 changements' }).waitFor()
    await page.context().close()
  },

  async 'older calls are loaded, new ones wait, and a row tells its story'({ open, signIn, base, check, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/toulouse/calls`)
    await page.getByText('50 appels montrés').waitFor()
    await page.getByRole('button', { name: 'Charger plus' }).click()
    await page.getByText('100 appels montrés').waitFor()
    const s = t.current.sites.get('toulouse')
    s.calls.unshift({ ...s.calls[0], call: 'c2000', at: t.now() })
    tell(t.current, 'toulouse', 'facts')
    await page.getByRole('button', { name: '1 nouvel appel' }).click()
    await page.locator('.calls-table .row', { hasText: 'Rouge, commandes' }).first().click()
    await page.getByText('L’appelant entre dans la file Rouge, commandes').waitFor()
    await check(page, 'a call’s story')
    await page.keyboard.press('Escape')
    await page.locator('.told').waitFor({ state: 'detached' })
    await page.context().close()
  },

  async 'a page without its server keeps what it had, says so, and comes back'({ open, signIn, base, check, ...t }) {
    const page = await open()
    await signIn(page)
    await page.goto(`${base}#/sites/toulouse`)
    await page.locator('.queues-table').waitFor()
    t.current.down = true
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.getByText('Cette page n’a plus de lien avec le serveur.').waitFor()
    assert.ok(await page.locator('.queues-table').isVisible())
    await check(page, 'a lost link')
    t.current.down = false
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.getByText('heure du serveur').waitFor()
    await page.context().close()
  },

  async 'the language is switched and remembered; ? lists the keys'({ open, signIn, check }) {
    const page = await open()
    await signIn(page)
    await page.getByRole('button', { name: 'passer en anglais' }).click()
    await page.getByRole('button', { name: 'Add a box' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Add a box' }).waitFor()
    await page.locator('.sites-table .row').first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keyboard keys' }).waitFor()
    await check(page, 'key help')
    await page.context().close()
  },
}
