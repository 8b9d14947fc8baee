// What a member may ask of us about their own data: a copy of all of it, and an end to it.
const api = require('./api')
const codeSecret = require('./code_secret')
const session = require('./session')

const FILE = 'my-data.json'

/** @returns {Promise<string>} JSON for people to keep */
async function collect() {
  return JSON.stringify(await api.call('GET', '/api/mini/v1/me/export'), null, 2)
}

/**
 * Put it where WeChat can send it from.
 * @param {string} text
 * @returns {string} the file's path
 */
function keepAsFile(text) {
  const path = `${wx.env.USER_DATA_PATH}/${FILE}`
  wx.getFileSystemManager().writeFileSync(path, text, 'utf8')
  return path
}

/** End the membership; nothing of it stays on this phone either. */
async function erase() {
  await api.call('POST', '/api/mini/v1/me/erasure', { intent: 'erasure' })
  leave()
}

/** End this sign-in. Without a network it ends here; the server's end comes by its time. */
async function signOut() {
  await api.remove('/api/mini/v1/sessions/current').catch(() => undefined)
  leave()
}

function leave() {
  session.drop()
  codeSecret.forget()
}

module.exports = { collect, erase, keepAsFile, signOut }
