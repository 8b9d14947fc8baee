// Money and points as people read them. Money is whole fen, points are whole: nothing here is a fraction.

/**
 * @param {number} value
 * @returns {string} as 1,000,000
 */
function whole(value) {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/**
 * @param {number} fen
 * @returns {string} as ¥1,234.50; whole yuan without a fraction
 */
function yuan(fen) {
  const size = Math.abs(fen)
  const rest = size % 100
  const cents = rest ? `.${String(rest).padStart(2, '0')}` : ''
  return `${fen < 0 ? '−' : ''}¥${whole((size - rest) / 100)}${cents}`
}

/**
 * Yuan as typed at a counter.
 * @param {string} text
 * @returns {number | null} fen; null when it is no amount
 */
function fenOf(text) {
  const found = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text.trim())
  return found ? Number(found[1]) * 100 + Number((found[2] || '').padEnd(2, '0')) : null
}

/**
 * @param {number} value
 * @returns {string} as +5 or −5
 */
function signed(value) {
  return `${value < 0 ? '−' : '+'}${whole(Math.abs(value))}`
}

module.exports = { fenOf, signed, whole, yuan }
