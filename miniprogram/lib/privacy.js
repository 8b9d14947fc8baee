// WeChat's privacy gate: an interface that needs personal data waits until the guide was accepted on a sheet of ours.

/** @typedef {(answer: {event: 'agree' | 'disagree' | 'exposureAuthorization', buttonId?: string}) => void} Resolve */

/** @type {Resolve[]} */
let waiting = []
/** @type {Set<() => void>} */
const watchers = new Set()

/** Take WeChat's questions from here on; older versions of WeChat ask with their own sheet. */
function listen() {
  if (!wx.onNeedPrivacyAuthorization) return
  wx.onNeedPrivacyAuthorization((resolve) => {
    waiting.push(/** @type {Resolve} */ (/** @type {unknown} */ (resolve)))
    watchers.forEach((watcher) => watcher())
  })
}

/** @returns {boolean} */
function isAsked() {
  return waiting.length > 0
}

/**
 * @param {'agree' | 'disagree'} event
 * @param {string} [buttonId] of the button that was tapped to agree
 */
function answer(event, buttonId) {
  const resolves = waiting
  waiting = []
  resolves.forEach((resolve) => resolve({ event, buttonId }))
  watchers.forEach((watcher) => watcher())
}

/**
 * @param {() => void} watcher called when there is something to ask, and when it was answered
 * @returns {() => void} ends it
 */
function watch(watcher) {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/**
 * What the guide is called in WeChat's console.
 * @returns {Promise<{needed: boolean, name: string}>}
 */
function setting() {
  return new Promise((resolve) => {
    if (!wx.getPrivacySetting) {
      resolve({ needed: false, name: '' })
      return
    }
    wx.getPrivacySetting({
      success: (found) => resolve({ needed: found.needAuthorization, name: found.privacyContractName }),
      fail: () => resolve({ needed: false, name: '' }),
    })
  })
}

module.exports = { answer, isAsked, listen, setting, watch }
