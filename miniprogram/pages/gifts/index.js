// Coupons I gave and was given; a gift nobody has accepted yet can be taken back.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const lists = require('../../lib/lists')
const screen = require('../../lib/screen')
const store = require('../../lib/store')

Component({
  data: { ...screen.data(), ...lists.data() },
  methods: {
    onLoad() {
      screen.open(this, language.texts().gifts.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, read, wordsOf)
    },
    load() {
      return screen.fill(this, () => lists.first(this, read, wordsOf))
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    revoke(event) {
      const { id, coupon } = event.currentTarget.dataset
      return screen.act(this, id, async () => {
        const t = language.texts().gifts
        if (!(await screen.ask(t.revoke, t.revokeAsk))) return
        const path = { transfer_id: id }
        await api.post('/api/mini/v1/coupon-transfers/{transfer_id}/revocation', { path, intent: `revoke:${id}` })
        store.forget(`gift:${coupon}`)
        screen.tell(t.revoked_done)
        await this.load()
      })
    },
    goCoupons() {
      wx.switchTab({ url: '/pages/coupons/index' })
    },
  },
})

/** @param {string | undefined} cursor */
function read(cursor) {
  return api.get('/api/mini/v1/coupon-transfers', { query: { cursor } })
}

/** @param {import('../../types/wire').Transfer} transfer */
function wordsOf(transfer) {
  const t = language.texts().gifts
  return {
    id: transfer.id,
    coupon: transfer.coupon_id,
    name: transfer.coupon_name,
    direction: t[transfer.direction],
    state: language.fill(t[transfer.state], { at: dates.minute(transfer.expires_at) }),
    at: dates.minute(transfer.created_at),
    canRevoke: transfer.direction === 'given' && transfer.state === 'open',
  }
}
