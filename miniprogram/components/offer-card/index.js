// A batch that can be claimed, or had for points: what it is, what is left, and a button that says what is in the way.
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const numbers = require('../../lib/numbers')

Component({
  properties: {
    t: { type: Object, value: {} },
    // An Offer of types/wire.d.ts.
    offer: { type: Object, value: {} },
    // This offer's own button waits.
    busy: { type: Boolean, value: false },
  },
  data: { price: '', stock: '', until: '', limit: '', tier: '', button: '', isOpen: false, where: '' },
  observers: {
    offer(offer) {
      if (offer && offer.id) this.setData(wordsOf(offer))
    },
  },
  methods: {
    take() {
      this.triggerEvent('take', { id: /** @type {any} */ (this.data.offer).id })
    },
  },
})

/** @param {import('../../types/wire').Offer} offer */
function buttonOf(offer) {
  const t = language.texts().offers
  if (offer.state === 'claimable') return offer.points_price ? t.exchange : t.claim
  return t[offer.state]
}

/** @param {import('../../types/wire').Offer} offer */
function wordsOf(offer) {
  const t = language.texts().offers
  const isOpen = offer.state === 'claimable'
  return {
    isOpen,
    price: offer.points_price ? language.fill(t.price, { n: numbers.whole(offer.points_price) }) : '',
    stock: language.fill(t.stock, { n: numbers.whole(offer.stock_left) }),
    until: language.fill(t.until, { day: dates.lastDay(offer.claim_ends_at) }),
    limit: language.fill(t.perMember, { n: offer.per_member_limit }),
    tier: offer.tier ? language.fill(t.forTier, { tier: offer.tier }) : '',
    where: offer.stores.length ? language.fill(t.stores, { names: offer.stores.join('、') }) : t.allStores,
    button: buttonOf(offer),
  }
}
