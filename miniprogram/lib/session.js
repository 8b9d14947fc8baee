// The member's sign-in: WeChat's code for a token of ours, kept on the phone until it runs out.
const { Failure } = require('./failures')
const http = require('./http')
const language = require('./language')
const store = require('./store')

const KEPT = 'member_session'
const SESSIONS = '/api/mini/v1/sessions'
// A token about to run out is not worth starting with.
const MARGIN_MS = 60 * 1000

/** @type {Promise<string> | null} */
let signingIn = null

/** @returns {string | null} */
function token() {
  const kept = store.read(KEPT)
  return kept && Date.parse(kept.expires_at) - MARGIN_MS > Date.now() ? kept.token : null
}

/**
 * A token that is good; signs in with WeChat when there is none. Screens that ask at once share one sign-in.
 * Throws Failure `consent_missing` where nobody has joined yet.
 * @returns {Promise<string>}
 */
function ensure() {
  const kept = token()
  if (kept) return Promise.resolve(kept)
  if (!signingIn) {
    signingIn = signIn()
      .then((answer) => answer.token)
      .finally(() => {
        signingIn = null
      })
  }
  return signingIn
}

/**
 * Sign in; with a consent, join.
 * @param {string} [documentVersion] of the membership document that was shown and accepted
 * @returns {Promise<import('../types/wire').SignedIn>}
 */
async function signIn(documentVersion) {
  const body = {
    login_code: await loginCode(),
    membership_consent: documentVersion ? { document_version: documentVersion } : null,
  }
  const answer = await http.send({ method: 'POST', path: SESSIONS, body })
  store.write(KEPT, { token: answer.token, expires_at: answer.expires_at })
  return answer
}

/** Forget the token here; the server keeps its own end of it. */
function drop() {
  store.forget(KEPT)
}

/** @returns {Promise<string>} */
function loginCode() {
  return new Promise((resolve, reject) => {
    wx.login({
      success: (answer) => resolve(answer.code),
      fail: () => reject(new Failure('wechat_login', language.texts().failures.login)),
    })
  })
}

module.exports = { drop, ensure, signIn, token }
