// Puts a page or a component on a stage: compiled, attached, its life-cycle called by hand as WeChat would.
const fs = require('fs')
const path = require('path')
const simulate = require('miniprogram-simulate')
const compiled = require('miniprogram-simulate/src/utils')

const ROOT = path.resolve(__dirname, '..')
const loaded = new Map()

// A component used by several pages registers anew for each: jest keeps what it required once, so its file is run by hand.
// What it requires is shared, as on a phone.
compiled.runJs = (file) => {
  const near = (name) => require(path.resolve(path.dirname(file), name))
  new Function('require', `${fs.readFileSync(`${file}.js`, 'utf8')}\n//# sourceURL=${file}.js`)(near)
}

/** @param {string} place as pages/home/index */
function load(place) {
  if (!loaded.has(place)) loaded.set(place, simulate.load(path.join(ROOT, place), { rootPath: ROOT, less: false }))
  return loaded.get(place)
}

/** Let everything that was promised happen. */
async function settle(turns = 60) {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}

/**
 * A component with properties.
 * @param {string} place
 * @param {Record<string, any>} properties
 */
function component(place, properties = {}) {
  const found = simulate.render(load(place), properties)
  found.attach(document.createElement('div'))
  return found
}

/**
 * A page, opened.
 * @param {string} place
 * @param {Record<string, any>} query
 */
async function page(place, query = {}) {
  const found = component(place)
  if (found.instance.onLoad) found.instance.onLoad(query)
  if (found.instance.onShow) found.instance.onShow()
  await settle()
  return found
}

/** Text of all there is, blanks as one. */
function textOf(found) {
  return found.dom.textContent.replace(/\s+/g, ' ').trim()
}

/** Signed in already, so that a screen asks for its own things alone. */
function signedIn() {
  wx.setStorageSync('member_session', { token: 'token-1', expires_at: '2999-01-01T00:00:00.000+00:00' })
}

module.exports = { ROOT, component, page, settle, signedIn, textOf }
