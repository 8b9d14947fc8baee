// A friend's coupon, by the link they sent.
const api = require('../../lib/api')
const language = require('../../lib/language')
const screen = require('../../lib/screen')

Component({
  data: { ...screen.data(), token: '', next: '', coupon: /** @type {import('../../types/wire').Coupon | null} */ (null) },
  methods: {
    /** @param {Record<string, string | undefined>} query */
    onLoad(query) {
      screen.open(this, language.texts().gift.title)
      wx.hideShareMenu({})
      const token = decodeURIComponent(query.token || '')
      const next = `/pages/gift/index?token=${encodeURIComponent(token)}`
      if (token) this.setData({ token, next, state: 'ready' })
      else this.setData({ state: 'error', failure: language.texts().gift.broken })
    },
    accept() {
      const { token } = this.data
      return screen.act(this, 'accept', async () => {
        const body = { token }
        const coupon = await api.post('/api/mini/v1/coupon-transfers/acceptances', { body, intent: `accept:${token}` })
        this.setData({ coupon })
        screen.tell(language.texts().gift.accepted)
      })
    },
    see() {
      wx.switchTab({ url: '/pages/coupons/index' })
    },
    home() {
      wx.switchTab({ url: '/pages/home/index' })
    },
  },
})
