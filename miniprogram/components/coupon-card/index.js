// One coupon of mine: name, terms in plain words, until when.
const dates = require('../../lib/dates')
const language = require('../../lib/language')

// From here on the card says how few days are left.
const SOON_DAYS = 7

Component({
  properties: {
    t: { type: Object, value: {} },
    // A Coupon of types/wire.d.ts.
    coupon: { type: Object, value: {} },
  },
  data: { when: '', isSoon: false, uses: '', status: '', isOver: false },
  observers: {
    coupon(coupon) {
      if (coupon && coupon.id) this.setData(wordsOf(coupon))
    },
  },
  methods: {
    open() {
      this.triggerEvent('open', { id: /** @type {any} */ (this.data.coupon).id })
    },
  },
})

/** @param {import('../../types/wire').Coupon} coupon */
function wordsOf(coupon) {
  const t = language.texts().coupons
  return {
    ...whenOf(coupon),
    uses: coupon.uses > 1 ? language.fill(t.usesLeft, { n: coupon.uses_left }) : '',
    status: t[/** @type {'status_active'} */ (`status_${coupon.status}`)],
    isOver: coupon.status !== 'active',
  }
}

/** @param {import('../../types/wire').Coupon} coupon */
function whenOf(coupon) {
  const t = language.texts().coupons
  const now = new Date()
  if (coupon.status === 'redeemed' && coupon.redeemed_at) {
    const values = { at: dates.minute(coupon.redeemed_at), store: coupon.redeemed_store || '' }
    return { when: language.fill(t.usedAt, values), isSoon: false }
  }
  if (coupon.status === 'active' && Date.parse(coupon.usable_from) > now.getTime())
    return { when: language.fill(t.from_, { day: dates.day(coupon.usable_from) }), isSoon: false }
  const left = dates.daysLeft(coupon.expires_at, now)
  if (coupon.status === 'active' && left === 0) return { when: t.today, isSoon: true }
  if (coupon.status === 'active' && left > 0 && left <= SOON_DAYS)
    return { when: language.fill(t.inDays, { n: left }), isSoon: true }
  return { when: language.fill(t.until, { day: dates.lastDay(coupon.expires_at) }), isSoon: false }
}
