// What every page does the same: its texts, its state (loading, ready, empty, error, guest), and what it says when something fails.
const language = require('./language')

/** @typedef {'loading' | 'ready' | 'empty' | 'error' | 'guest'} State */
/** @typedef {{data: any, setData: (data: any) => void}} Page */

const LARGE_FONT = 20

/** A page's own data beside what this module keeps in it. */
function data() {
  return {
    state: /** @type {State} */ ('loading'),
    failure: '',
    fontClass: '',
    busy: '',
    t: language.texts(),
  }
}

/**
 * Texts, letter size and title; call it in onLoad, and again when the language changes.
 * @param {Page} page
 * @param {string} title
 */
function open(page, title) {
  const size = wx.getAppBaseInfo().fontSizeSetting || 16
  page.setData({ t: language.texts(), fontClass: size >= LARGE_FONT ? 'font-large' : '' })
  wx.setNavigationBarTitle({ title })
  language.nameTabs()
}

/**
 * Load what the page shows. A refresh keeps what is there while it waits, and when it fails says so without taking it away.
 * @param {Page} page
 * @param {() => Promise<Record<string, any>>} load answers what to set; its `state` is `ready` when it says none
 */
async function fill(page, load) {
  const had = page.data.state === 'ready' || page.data.state === 'empty'
  if (!had) page.setData({ state: 'loading' })
  try {
    page.setData({ state: 'ready', failure: '', ...(await load()) })
  } catch (error) {
    if (codeOf(error) === 'consent_missing') page.setData({ state: 'guest' })
    else if (had) say(error)
    else page.setData({ state: 'error', failure: messageOf(error) })
  }
}

/**
 * Do what a button asks for, once at a time. What went wrong is said in full.
 * @param {Page} page
 * @param {string} name marks the button while it waits
 * @param {() => Promise<void>} work
 */
async function act(page, name, work) {
  if (page.data.busy) return
  page.setData({ busy: name })
  try {
    await work()
  } catch (error) {
    if (codeOf(error) === 'consent_missing') page.setData({ state: 'guest' })
    else say(error)
  } finally {
    page.setData({ busy: '' })
  }
}

/**
 * Pull to refresh: whatever comes of it, the spinner goes.
 * @param {Promise<void>} work
 */
async function refresh(work) {
  try {
    await work
  } finally {
    wx.stopPullDownRefresh()
  }
}

/** @param {unknown} error */
function say(error) {
  const texts = language.texts().common
  wx.showModal({
    title: texts.failed,
    content: messageOf(error),
    showCancel: false,
    confirmText: texts.confirm,
  })
}

/** @param {string} title */
function tell(title) {
  wx.showToast({ title, icon: 'none', duration: 2500 })
}

/**
 * Ask before value moves.
 * @param {string} title
 * @param {string} content what will happen
 * @returns {Promise<boolean>}
 */
function ask(title, content) {
  const texts = language.texts().common
  return new Promise((resolve) => {
    wx.showModal({
      title,
      content,
      cancelText: texts.cancel,
      confirmText: texts.confirm,
      success: (answer) => resolve(answer.confirm),
      fail: () => resolve(false),
    })
  })
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {{code?: string}} */ (error).code
}

/** @param {unknown} error */
function messageOf(error) {
  const told = /** @type {{code?: string, message?: string}} */ (error)
  // Without a code it is a slip of ours: its English inside is nothing for people.
  return told.code && told.message ? told.message : language.texts().failures.unreadable
}

module.exports = { act, ask, codeOf, data, fill, messageOf, open, refresh, say, tell }
