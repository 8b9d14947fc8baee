// One coupon in plain words, and giving it to a friend. Sharing itself earns nothing, and only a coupon made ready is shared.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const screen = require('../../lib/screen')
const store = require('../../lib/store')

// The token of a gift is told once: kept here until the gift is over, to be sent again.
const KEPT = 'gift:'

/** @typedef {{token: string, expires_at: string}} Gift */

Component({
  data: {
    ...screen.data(),
    id: '',
    coupon: /** @type {import('../../types/wire').CouponDetail | null} */ (null),
    gift: /** @type {Gift | null} */ (null),
    giftWords: '',
  },
  methods: {
    /** @param {Record<string, string | undefined>} query */
    onLoad(query) {
      screen.open(this, language.texts().coupon.title)
      // The menu's own share would send somebody to a coupon that is not theirs.
      wx.hideShareMenu({})
      this.setData({ id: query.id || '' })
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const coupon = await api.get('/api/mini/v1/coupons/{coupon_id}', { path: { coupon_id: this.data.id } })
        return { coupon, ...giftOf(coupon.status === 'active' ? kept(this.data.id) : null) }
      })
    },
    show() {
      wx.switchTab({ url: '/pages/code/index' })
    },
    give() {
      return screen.act(this, 'give', async () => {
        const t = language.texts().coupon
        if (!(await screen.ask(t.give, t.giveAsk))) return
        const made = await api.post('/api/mini/v1/coupons/{coupon_id}/transfers', { path: { coupon_id: this.data.id } })
        const gift = { token: made.token, expires_at: made.expires_at }
        store.write(KEPT + this.data.id, gift)
        this.setData(giftOf(gift))
      })
    },
    onShareAppMessage() {
      const { coupon, gift } = this.data
      const name = coupon ? coupon.name : ''
      const title = language.fill(language.texts().coupon.shareTitle, { name })
      return { title, path: gift ? `/pages/gift/index?token=${encodeURIComponent(gift.token)}` : '/pages/home/index' }
    },
  },
})

/**
 * @param {string} id
 * @returns {Gift | null}
 */
function kept(id) {
  const gift = store.read(KEPT + id)
  if (gift && Date.parse(gift.expires_at) > Date.now()) return gift
  if (gift) store.forget(KEPT + id)
  return null
}

/** @param {Gift | null} gift */
function giftOf(gift) {
  const words = language.texts().coupon.giveReady
  return { gift, giftWords: gift ? language.fill(words, { at: dates.minute(gift.expires_at) }) : '' }
}
