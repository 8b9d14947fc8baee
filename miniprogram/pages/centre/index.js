// The coupon centre: what can be claimed, what is in the way, and printed codes.
const api = require('../../lib/api')
const language = require('../../lib/language')
const lists = require('../../lib/lists')
const screen = require('../../lib/screen')

/** @typedef {import('../../types/wire').OfferedSubscription} OfferedSubscription */

Component({
  data: { ...screen.data(), ...lists.data(), code: '', reminders: /** @type {OfferedSubscription[]} */ ([]) },
  methods: {
    onShow() {
      screen.open(this, language.texts().centre.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, read, (row) => row)
    },
    load() {
      return screen.fill(this, () => lists.first(this, read, (row) => row))
    },
    /** @param {WechatMiniprogram.CustomEvent<{id: string}>} event */
    claim(event) {
      const { id } = event.detail
      return screen.act(this, id, async () => {
        await api.post('/api/mini/v1/coupon-batches/{batch_id}/claims', { path: { batch_id: id }, intent: `claim:${id}` })
        screen.tell(language.texts().home.claimed)
        await this.load()
        await this.remind()
      })
    },
    /** @param {WechatMiniprogram.Input} event */
    typed(event) {
      this.setData({ code: event.detail.value })
    },
    useCode() {
      const code = this.data.code.trim()
      if (!code) {
        screen.tell(language.texts().centre.codeMissing)
        return undefined
      }
      return screen.act(this, 'code', async () => {
        await api.post('/api/mini/v1/coupon-codes', { body: { code }, intent: `code:${code}` })
        this.setData({ code: '' })
        screen.tell(language.texts().centre.codeUsed)
        await this.remind()
      })
    },
    /** Fetched after the coupon is there, so that the tap that asks need not wait. */
    async remind() {
      const found = await api.get('/api/mini/v1/subscription-offers', { query: { scene: 'after_claim' } })
      this.setData({ reminders: found.data })
    },
    answered() {
      this.setData({ reminders: [] })
    },
    goExchange() {
      wx.navigateTo({ url: '/pages/exchange/index' })
    },
  },
})

/** @param {string | undefined} cursor */
function read(cursor) {
  return api.get('/api/mini/v1/coupon-batches', { query: { cursor } })
}
