// What this phone draws member codes from, kept so that a code needs no network, and how far this phone's clock is off.
const api = require('./api')
const { Failure } = require('./failures')
const language = require('./language')
const memberCode = require('./member_code')
const store = require('./store')

const KEPT = 'member_code'

/**
 * @typedef {{number: string, secret: string, stepSeconds: number, offsetMs: number}} Source
 * `offsetMs` is what to add to this phone's clock to have the server's.
 */

/** @returns {Source | undefined} */
function kept() {
  return store.read(KEPT)
}

/**
 * Ask the server anew: number, secret and its time. Throws Failure `code_outdated` for a format this version cannot draw.
 * @returns {Promise<Source>}
 */
async function renew() {
  const told = await api.get('/api/mini/v1/me/member-code')
  if (told.format.name !== memberCode.FORMAT) {
    forget()
    throw new Failure('code_outdated', language.texts().code.outdated)
  }
  const source = {
    number: told.number,
    secret: told.secret,
    stepSeconds: told.step_seconds,
    offsetMs: Date.parse(told.server_time) - Date.now(),
  }
  store.write(KEPT, source)
  return source
}

/** Forget it: at sign-out, and when the member is erased. */
function forget() {
  store.forget(KEPT)
}

/**
 * The code to show now.
 * @param {Source} source
 * @param {number} deviceMs this phone's clock
 * @returns {{digits: string, secondsLeft: number}}
 */
function codeAt(source, deviceMs) {
  const { step, secondsLeft } = memberCode.stepAt(deviceMs + source.offsetMs, source.stepSeconds)
  return { digits: memberCode.draw(source.number, memberCode.fromBase32(source.secret), step), secondsLeft }
}

module.exports = { codeAt, forget, kept, renew }
