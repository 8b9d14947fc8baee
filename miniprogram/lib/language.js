// Which language is shown: the member's choice on this phone, else WeChat's own.
const store = require('./store')
const en = require('./texts/en')
const zh = require('./texts/zh')

const KEPT = 'language'
const TABS = /** @type {const} */ (['home', 'centre', 'code', 'coupons', 'profile'])

/** @typedef {typeof zh} Texts */
/** @typedef {'zh_CN' | 'en'} Language */

/** @returns {Language} */
function current() {
  const chosen = store.read(KEPT)
  if (chosen === 'zh_CN' || chosen === 'en') return chosen
  return String(wx.getAppBaseInfo().language || 'zh_CN').startsWith('zh') ? 'zh_CN' : 'en'
}

/** @param {Language} language */
function choose(language) {
  store.write(KEPT, language)
  nameTabs()
}

/** @returns {Texts} */
function texts() {
  return current() === 'en' ? en : zh
}

/**
 * A text with its {names} filled in; "one|many" is decided by {n}.
 * @param {string} text
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
function fill(text, values) {
  const forms = text.split('|')
  const form = forms.length > 1 && values.n !== 1 && values.n !== '1' ? forms[1] : forms[0]
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole))
}

/** The tab bar is written in app.json, in Chinese: name its tabs as the language has them. */
function nameTabs() {
  const names = texts().tabs
  // Refused on a page without a tab bar; the next page with one names them.
  TABS.forEach((tab, index) => wx.setTabBarItem({ index, text: names[tab], fail() {} }))
}

module.exports = { choose, current, fill, nameTabs, texts }
