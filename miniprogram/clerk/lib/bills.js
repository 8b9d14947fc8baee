// A quote and a bill in words.
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const numbers = require('../../lib/numbers')

/** @typedef {import('../../types/wire').Quote} Quote */
/** @typedef {import('../../types/wire').Choice} Choice */
/** @typedef {import('../../types/wire').Checkout} Checkout */

/**
 * The coupons of a quote with what each does, and which are on the bill.
 * @param {Quote} quote
 */
function couponsOf(quote) {
  const chosen = new Set((quote.chosen || quote.best).coupons.map((one) => one.coupon_id))
  return quote.coupons.map((one) => ({
    id: one.coupon.id,
    name: one.coupon.name,
    terms: one.coupon.terms,
    applies: one.applies,
    isOn: chosen.has(one.coupon.id),
    words: one.refusal
      ? one.refusal.message
      : language.fill(language.texts().clerk.saves, { money: numbers.yuan(one.saves_fen) }),
  }))
}

/**
 * What comes off, line by line; nothing that is nought.
 * @param {{coupon_fen: number, tier_fen: number, points_fen: number}} sums
 */
function linesOf(sums) {
  const t = language.texts().clerk
  return [
    { name: t.couponFen, fen: sums.coupon_fen },
    { name: t.tierFen, fen: sums.tier_fen },
    { name: t.pointsFen, fen: sums.points_fen },
  ]
    .filter((line) => line.fen)
    .map((line) => ({ name: line.name, money: numbers.yuan(-line.fen) }))
}

/**
 * A settled bill.
 * @param {Checkout} checkout
 * @param {Date} now
 */
function billOf(checkout, now) {
  const t = language.texts().clerk
  const canUndo = !checkout.reversed_at && Date.parse(checkout.undo_until) > now.getTime()
  return {
    id: checkout.id,
    member: [checkout.member, checkout.phone_masked].filter(Boolean).join(' ') || language.texts().home.noName,
    bill: numbers.yuan(checkout.bill_fen),
    payable: numbers.yuan(checkout.payable_fen),
    lines: linesOf(checkout),
    coupons: checkout.coupons.map((one) => one.coupon_name).join('、'),
    at: dates.minute(checkout.settled_at),
    state: checkout.reversed_at ? t.undone : '',
    undo: canUndo ? language.fill(t.undoUntil, { at: dates.minute(checkout.undo_until) }) : '',
    canUndo,
  }
}

module.exports = { billOf, couponsOf, linesOf }
