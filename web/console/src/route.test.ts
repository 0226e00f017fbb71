import { expect, test } from 'vitest'
import { href, parse, SITE_TABS } from './route'

test('an address leads where it came from', () => {
  for (const tab of SITE_TABS) {
    for (const item of ['', 'c1', 'a/b é%']) {
      if (item && tab === 'overview') continue
      expect(parse(href('s 1/é', tab, item))).toEqual({ page: 'site', site: 's 1/é', tab, item })
    }
  }
  expect(parse(href())).toEqual({ page: 'sites' })
})

test.each([['', 'sites'], ['#', 'sites'], ['#/', 'sites'], ['#/sites/', 'sites'], ['#/else', 'unknown'], ['#/people', 'people'], ['#/journal/', 'journal'], ['#/setup', 'setup'], ['#/people/x', 'unknown'], ['#/sites/a/nothing', 'unknown'], ['#/sites/a/calls/b/c', 'unknown'], ['#/sites/%E0%A4%A', 'site']])('%j is the page %s', (hash, page) => {
  expect(parse(hash).page).toBe(page)
})
