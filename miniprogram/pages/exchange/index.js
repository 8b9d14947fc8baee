// Coupons for points, at the price that is shown.
const api = require('../../lib/api')
const language = require('../../lib/language')
const lists = require('../../lib/lists')
const numbers = require('../../lib/numbers')
const screen = require('../../lib/screen')

Component({
  data: { ...screen.data(), ...lists.data(), have: '' },
  methods: {
    onLoad() {
      screen.open(this, language.texts().exchange.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, read, (row) => row)
    },
    load() {
      return screen.fill(this, async () => {
        const [summary, rows] = await Promise.all([api.get('/api/mini/v1/points'), lists.first(this, read, (row) => row)])
        const n = numbers.whole(summary.spendable)
        return { ...rows, have: language.fill(language.texts().exchange.have, { n }) }
      })
    },
    /** @param {WechatMiniprogram.CustomEvent<{id: string}>} event */
    take(event) {
      /** @type {import('../../types/wire').Offer | undefined} */
      const offer = this.data.items.find((one) => one.id === event.detail.id)
      if (!offer || !offer.points_price) return undefined
      const { id, name, points_price: price } = offer
      return screen.act(this, id, async () => {
        const t = language.texts().exchange
        if (!(await screen.ask(t.title, language.fill(t.ask, { price: numbers.whole(price), name })))) return
        const asked = { path: { batch_id: id }, body: { points_price: price }, intent: `exchange:${id}:${price}` }
        try {
          const taken = await api.post('/api/mini/v1/exchange/{batch_id}', asked)
          screen.tell(language.fill(t.done, { n: numbers.whole(taken.spendable) }))
        } finally {
          // Also after a refusal: the price or the stock is not what was shown.
          await this.load()
        }
      })
    },
    goCentre() {
      wx.switchTab({ url: '/pages/centre/index' })
    },
  },
})

/** @param {string | undefined} cursor */
function read(cursor) {
  return api.get('/api/mini/v1/exchange', { query: { cursor } })
}
