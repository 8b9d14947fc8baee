// Instants and dates as people read them, on this phone's clock. Ends are half-open: what ends at midnight was good the day before.

/**
 * @param {Date} at
 * @returns {string} as 2026-11-20
 */
function isoDay(at) {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/**
 * @param {string} instant RFC 3339
 * @returns {string} as 2026-11-20
 */
function day(instant) {
  return isoDay(new Date(instant))
}

/**
 * @param {string} instant RFC 3339
 * @returns {string} as 2026-11-20 10:05
 */
function minute(instant) {
  const at = new Date(instant)
  return `${isoDay(at)} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/**
 * The last day something is good that ends at `instant`.
 * @param {string} instant
 */
function lastDay(instant) {
  return isoDay(new Date(Date.parse(instant) - 1))
}

/**
 * Days from today until the last day something is good: 0 is today, below 0 it is over.
 * @param {string} instant its half-open end
 * @param {Date} now
 */
function daysLeft(instant, now) {
  const last = new Date(Date.parse(instant) - 1)
  return number(last) - number(now)
}

/** @param {Date} at */
function number(at) {
  return Math.round(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86400000)
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, '0')
}

module.exports = { day, daysLeft, isoDay, lastDay, minute }
