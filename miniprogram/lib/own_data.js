// What a member may ask of us about their own data: a copy of all of it, and an end to it; and an end of this sign-in.
const api = require('./api')
const codeSecret = require('./code_secret')
const session = require('./session')

const FILE = 'my-data.json'

/** @returns {Promise<string>} JSON for people to keep */
async function collect() {
  return JSON.stringify(await api.get('/api/mini/v1/me/export'), null, 2)
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

/** Ask to be forgotten. A repeat is the same wish, so it needs no key. */
function askForErasure() {
  return api.post('/api/mini/v1/me/erasure', {})
}

/** Stay after all, while there is time. */
function takeErasureBack() {
  return api.remove('/api/mini/v1/me/erasure')
}

/** End this sign-in. Without a network it ends here; the server's end comes by its time. */
async function signOut() {
  await api.remove('/api/mini/v1/sessions/current').catch(() => undefined)
  session.drop()
  codeSecret.forget()
}

module.exports = { askForErasure, collect, keepAsFile, signOut, takeErasureBack }
