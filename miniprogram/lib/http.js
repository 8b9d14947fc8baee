// One request to the server: headers, waiting, repeating. Who is signed in is decided above (session.js, clerk/lib).
const { Failure, fromAnswer } = require('./failures')
const keys = require('./keys')
const language = require('./language')
const settings = require('./settings')

const TIMEOUT_MS = 10000
// Waits before a repeat; a request that moves value keeps its key over all of them.
const PAUSES_MS = [400, 1200]

/**
 * @typedef {{method: string, path: string, query?: Record<string, any>, body?: any, token?: string, intent?: string}} Call
 */

/**
 * Send, repeat what is safe to repeat, answer with the body. Throws Failure.
 * @param {Call} call
 * @returns {Promise<any>}
 */
async function send(call) {
  const key = call.intent ? keys.of(call.intent) : undefined
  for (let turn = 0; ; turn += 1) {
    try {
      const body = await once(call, key)
      if (call.intent) keys.settle(call.intent)
      return body
    } catch (error) {
      const failure = /** @type {InstanceType<typeof Failure>} */ (error)
      if (call.intent && !failure.isOpen && failure.status !== 401) keys.settle(call.intent)
      if (turn >= PAUSES_MS.length || !isSafe(call, failure)) throw failure
      await pause(waitOf(failure, PAUSES_MS[turn]))
    }
  }
}

/**
 * @param {Call} call
 * @param {string | undefined} key
 * @returns {Promise<any>}
 */
function once(call, key) {
  return new Promise((resolve, reject) => {
    wx.request({
      url: settings.baseUrl() + call.path + queryOf(call.query),
      method: /** @type {'GET'} */ (call.method),
      // wx.request turns a GET's data into a query.
      data: call.body === undefined ? undefined : JSON.stringify(call.body),
      header: headersOf(call, key),
      timeout: TIMEOUT_MS,
      success(answer) {
        if (answer.statusCode >= 200 && answer.statusCode < 300) resolve(answer.data)
        else reject(fromAnswer(answer, language.texts().failures.unreadable))
      },
      fail() {
        reject(new Failure('no_network', language.texts().failures.noNetwork))
      },
    })
  })
}

/**
 * @param {Call} call
 * @param {string | undefined} key
 */
function headersOf(call, key) {
  /** @type {Record<string, string>} */
  const headers = { 'Accept-Language': language.current() === 'en' ? 'en' : 'zh-CN' }
  if (call.body !== undefined) headers['Content-Type'] = 'application/json'
  if (call.token) headers.Authorization = `Bearer ${call.token}`
  if (key) headers['Idempotency-Key'] = key
  return headers
}

/**
 * @param {Record<string, any>} [query] undefined values are left out
 * @returns {string}
 */
function queryOf(query) {
  const told = Object.entries(query || {}).filter(([, value]) => value !== undefined && value !== null)
  if (!told.length) return ''
  return '?' + told.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
}

/**
 * Reading twice harms nobody; writing twice only with a key.
 * @param {Call} call
 * @param {InstanceType<typeof Failure>} failure
 */
function isSafe(call, failure) {
  const soon = (failure.data.retry_after_seconds || 0) <= 2
  return failure.isOpen && soon && (call.method === 'GET' || Boolean(call.intent))
}

/**
 * @param {InstanceType<typeof Failure>} failure
 * @param {number} usual
 */
function waitOf(failure, usual) {
  return Math.max(usual, (failure.data.retry_after_seconds || 0) * 1000)
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

module.exports = { PAUSES_MS, queryOf, send }
