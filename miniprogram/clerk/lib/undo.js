// Undoing a bill: a reason first, then everything goes back at once.
const counter = require('./counter')
const language = require('../../lib/language')
const screen = require('../../lib/screen')

/**
 * @param {string} id of the checkout
 * @returns {Promise<import('../../types/wire').Checkout | null>} null when the clerk thought better of it
 */
async function undo(id) {
  const t = language.texts().clerk
  const reason = await chooseReason(t.reasons.split('|'))
  if (!reason || !(await screen.ask(t.undo, t.undoAsk))) return null
  const path = { checkout_id: id }
  return counter.post('/api/store/v1/checkouts/{checkout_id}/reversal', { path, body: { reason }, intent: `undo:${id}` })
}

/**
 * @param {string[]} reasons
 * @returns {Promise<string | null>}
 */
function chooseReason(reasons) {
  return new Promise((resolve) => {
    wx.showActionSheet({
      itemList: reasons,
      success: (chosen) => resolve(reasons[chosen.tapIndex]),
      fail: () => resolve(null),
    })
  })
}

module.exports = { undo }
