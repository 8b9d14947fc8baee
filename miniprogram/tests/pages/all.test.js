// Every page and component compiles, is registered where it is used, and speaks only texts that exist, in both languages.
const fs = require('fs')
const path = require('path')
const stage = require('../stage')

const app = JSON.parse(fs.readFileSync(path.join(stage.ROOT, 'app.json'), 'utf8'))
const pages = [...app.pages, ...app.subPackages.flatMap((part) => part.pages.map((page) => `${part.root}/${page}`))]
const components = fs.readdirSync(path.join(stage.ROOT, 'components')).map((name) => `components/${name}/index`)
const places = [...pages, ...components]
const zh = require('../../lib/texts/zh')
const en = require('../../lib/texts/en')

// The API's own words for a state, a channel or a direction choose these.
const NAMED_BY_THE_API = /^(status_|channel_)|^(limit_reached|tier_too_low|exhausted|received|revoked)$/

const read = (place, kind) => fs.readFileSync(path.join(stage.ROOT, `${place}.${kind}`), 'utf8')
const at = (texts, dotted) => dotted.split('.').reduce((found, name) => (found === undefined ? undefined : found[name]), texts)

test.each(places)('%s has its four files, and every custom tag is registered', (place) => {
  const used = JSON.parse(read(place, 'json')).usingComponents || {}
  expect(read(place, 'js')).toContain('Component({')
  expect(fs.existsSync(path.join(stage.ROOT, `${place}.wxss`))).toBe(true)
  for (const target of Object.values(used)) expect(components).toContain(target.slice(1))
  const custom = components.map((one) => one.split('/')[1])
  const tags = [...new Set([...read(place, 'wxml').matchAll(/<([a-z-]+)/g)].map(([, tag]) => tag))]
  expect(tags.filter((tag) => custom.includes(tag)).sort()).toEqual(Object.keys(used).sort())
})

test.each(places)('%s names only texts there are', (place) => {
  const named = [...read(place, 'wxml').matchAll(/\bt\.([a-zA-Z_]+\.[a-zA-Z_]+)/g)].map(([, name]) => name)
  for (const name of named) expect([name, typeof at(zh, name), typeof at(en, name)]).toEqual([name, 'string', 'string'])
})

test.each(places)('%s answers every event it binds', (place) => {
  const bound = [...read(place, 'wxml').matchAll(/(?:bind|catch):?[a-z]+="([a-zA-Z]+)"/g)].map(([, name]) => name)
  for (const name of new Set(bound)) expect(read(place, 'js')).toMatch(new RegExp(`\\b${name}\\(`))
})

test('both languages say the same things, with the same figures', () => {
  const names = (texts) => Object.entries(texts).flatMap(([part, rows]) => Object.keys(rows).map((row) => `${part}.${row}`))
  expect(names(en).sort()).toEqual(names(zh).sort())
  const figures = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()
  for (const name of names(zh)) {
    expect(at(zh, name)).not.toBe('')
    expect([name, figures(at(en, name))]).toEqual([name, figures(at(zh, name))])
  }
  expect(names(zh).length).toBeGreaterThan(200)
})

test('every text is used somewhere', () => {
  const sources = ['lib', 'pages', 'components', 'clerk', 'app.js'].flatMap((one) => filesOf(path.join(stage.ROOT, one)))
  const all = sources.filter((file) => !file.includes('/texts/')).map((file) => fs.readFileSync(file, 'utf8')).join('\n')
  const unused = Object.entries(zh).flatMap(([part, rows]) =>
    Object.keys(rows)
      .filter((row) => !new RegExp(`\\b${row}\\b`).test(all) && !NAMED_BY_THE_API.test(row))
      .map((row) => `${part}.${row}`),
  )
  expect(unused).toEqual([])
})

test('tabs are pages, and no page speaks of the web', () => {
  for (const tab of app.tabBar.list) expect(pages).toContain(tab.pagePath)
  for (const place of places) expect(read(place, 'wxml')).not.toMatch(/<(div|span|web-view|canvas|a|p|img)\b/)
})

function filesOf(place) {
  if (fs.statSync(place).isFile()) return [place]
  return fs.readdirSync(place).flatMap((name) => filesOf(path.join(place, name)))
}
