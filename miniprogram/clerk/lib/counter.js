// The counter's door of the API: a clerk's own sign-in, apart from whatever member uses this phone.
const { Failure } = require('../../lib/failures')
const { filled } = require('../../lib/api')
const http = require('../../lib/http')
const language = require('../../lib/language')
const store = require('../../lib/store')

const KEPT = 'staff_session'

/** @typedef {import('../../types/wire').StaffSignedIn} StaffSignedIn */

/** @returns {StaffSignedIn | null} */
function kept() {
  const found = store.read(KEPT)
  return found && Date.parse(found.expires_at) > Date.now() ? found : null
}

/**
 * @param {{login: string, password: string, store_code: string}} body
 * @returns {Promise<StaffSignedIn>}
 */
async function signIn(body) {
  const answer = await http.send({ method: 'POST', path: '/api/store/v1/sessions', body })
  store.write(KEPT, answer)
  return answer
}

/** Without a network it ends here; the server's end comes by its time. */
async function signOut() {
  await call('DELETE', '/api/store/v1/sessions/current').catch(() => undefined)
  store.forget(KEPT)
}

/**
 * @template {import('../../types/wire').PathOf<'get'>} P
 * @param {P} path
 * @param {import('../../types/wire').Request<P, 'get'>} [asked]
 * @returns {Promise<import('../../types/wire').Answer<P, 'get'>>}
 */
function get(path, asked) {
  return call('GET', path, asked)
}

/**
 * @template {import('../../types/wire').PathOf<'post'>} P
 * @param {P} path
 * @param {import('../../types/wire').Request<P, 'post'>} asked
 * @returns {Promise<import('../../types/wire').Answer<P, 'post'>>}
 */
function post(path, asked) {
  return call('POST', path, asked)
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [asked]
 * @returns {Promise<any>}
 */
async function call(method, path, asked = {}) {
  const session = kept()
  if (!session) throw signedOut()
  const { query, body, intent } = asked
  try {
    return await http.send({ method, path: filled(path, asked.path), query, body, intent, token: session.token })
  } catch (error) {
    if (/** @type {import('../../lib/failures').Failure} */ (error).status !== 401) throw error
    store.forget(KEPT)
    throw signedOut()
  }
}

function signedOut() {
  wx.redirectTo({ url: '/clerk/pages/sign-in/index', fail() {} })
  return new Failure('not_signed_in', language.texts().clerk.missing, {}, 401)
}

module.exports = { get, kept, post, signIn, signOut }
