// My wallet in three tabs, each with its count.
const api = require('../../lib/api')
const language = require('../../lib/language')
const lists = require('../../lib/lists')
const screen = require('../../lib/screen')

const TABS = /** @type {const} */ (['active', 'redeemed', 'expired'])
const NONE = { active: 0, redeemed: 0, expired: 0 }

Component({
  data: {
    ...screen.data(),
    ...lists.data(),
    tabs: TABS,
    tab: /** @type {typeof TABS[number]} */ ('active'),
    counts: NONE,
  },
  methods: {
    onShow() {
      screen.open(this, language.texts().coupons.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, (cursor) => this.read(cursor), (row) => row)
    },
    load() {
      return screen.fill(this, () => lists.first(this, (cursor) => this.read(cursor), (row) => row))
    },
    /** @param {string | undefined} cursor */
    async read(cursor) {
      const status = this.data.tab
      const found = await api.get('/api/mini/v1/coupons', { query: { status, cursor } })
      if (status === this.data.tab) this.setData({ counts: { ...NONE, ...found.counts } })
      return found
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    choose(event) {
      const { tab } = event.currentTarget.dataset
      if (tab === this.data.tab) return undefined
      this.setData({ tab, state: 'loading', items: [] })
      return this.load()
    },
    /** @param {WechatMiniprogram.CustomEvent<{id: string}>} event */
    open(event) {
      wx.navigateTo({ url: `/pages/coupon/index?id=${event.detail.id}` })
    },
    goCentre() {
      wx.switchTab({ url: '/pages/centre/index' })
    },
    goGifts() {
      wx.navigateTo({ url: '/pages/gifts/index' })
    },
  },
})
