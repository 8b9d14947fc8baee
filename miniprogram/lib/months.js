// A month as a grid of weeks, and the months beside it. Dates are plain text: no clock, no zone.

/**
 * @param {string} month as 2026-11
 * @param {number} by months later, or earlier when below 0
 */
function shifted(month, by) {
  const [year, number] = month.split('-').map(Number)
  const count = year * 12 + (number - 1) + by
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`
}

/**
 * The dates of a month behind so many empty places that the first stands under its weekday; Sunday is first.
 * @param {string} month
 * @returns {string[]} '' for an empty place
 */
function places(month) {
  const [year, number] = month.split('-').map(Number)
  const lead = new Date(Date.UTC(year, number - 1, 1)).getUTCDay()
  const days = new Date(Date.UTC(year, number, 0)).getUTCDate()
  const dates = Array.from({ length: days }, (_, at) => `${month}-${String(at + 1).padStart(2, '0')}`)
  return [...new Array(lead).fill(''), ...dates]
}

module.exports = { places, shifted }
