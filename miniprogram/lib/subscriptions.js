// Asking for subscription messages. WeChat wants the call inside the tap itself, so the ids were fetched beforehand; what was
// answered is told to the server, and kept until it has heard.
const api = require('./api')
const keys = require('./keys')
const store = require('./store')

const KEPT = 'subscription_reports'
const MOST_IDS = 3
// Older ones tell the server nothing it does not know from WeChat's own event.
const MOST_REPORTS = 10
const SWITCHED_OFF = 20004

/** @typedef {{wechat_template_id: string}} Offer */
/** @typedef {{accepted: number, switchedOff: boolean}} Outcome */

/**
 * Ask, in the tap: nothing may be awaited before this is called.
 * @param {Offer[]} offers
 * @returns {Promise<Outcome>}
 */
function ask(offers) {
  const tmplIds = offers.slice(0, MOST_IDS).map((offer) => offer.wechat_template_id)
  if (!tmplIds.length) return Promise.resolve({ accepted: 0, switchedOff: false })
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds,
      success(answer) {
        const results = resultsOf(tmplIds, /** @type {any} */ (answer))
        keep(results)
        flush().finally(() => resolve({ accepted: accepted(results), switchedOff: false }))
      },
      fail(error) {
        resolve({ accepted: 0, switchedOff: /** @type {any} */ (error).errCode === SWITCHED_OFF })
      },
    })
  })
}

/**
 * @param {string[]} ids
 * @param {Record<string, string>} answer
 */
function resultsOf(ids, answer) {
  const known = ['accept', 'reject', 'ban', 'filter']
  return ids
    .map((id) => ({ wechat_template_id: id, result: said(answer[id]) }))
    .filter((row) => known.includes(row.result))
}

/**
 * With a sound is a yes all the same.
 * @param {string | undefined} word
 */
function said(word) {
  return word && word.startsWith('accept') ? 'accept' : String(word)
}

/** @param {{result: string}[]} results */
function accepted(results) {
  return results.filter((row) => row.result === 'accept').length
}

/** @param {{wechat_template_id: string, result: string}[]} results */
function keep(results) {
  if (!results.length) return
  const waiting = store.read(KEPT) || []
  store.write(KEPT, [...waiting, { report_id: keys.make(), results }].slice(-MOST_REPORTS))
}

/** Tell the server what it has not heard yet; a repeat of the same report changes nothing there. */
async function flush() {
  for (const report of store.read(KEPT) || []) {
    try {
      await api.post('/api/mini/v1/subscription-reports', { body: report })
    } catch (error) {
      if (/** @type {import('./failures').Failure} */ (error).isOpen) return
    }
    const waiting = store.read(KEPT) || []
    store.write(KEPT, waiting.filter((/** @type {any} */ one) => one.report_id !== report.report_id))
  }
}

module.exports = { ask, flush }
