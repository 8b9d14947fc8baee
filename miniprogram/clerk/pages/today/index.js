// The day's bills at this store, each undone while it can be.
const bills = require('../../lib/bills')
const counter = require('../../lib/counter')
const undoing = require('../../lib/undo')
const language = require('../../../lib/language')
const lists = require('../../../lib/lists')
const screen = require('../../../lib/screen')

Component({
  data: { ...screen.data(), ...lists.data() },
  methods: {
    onLoad() {
      screen.open(this, language.texts().clerk.today)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, read, shown)
    },
    load() {
      return screen.fill(this, () => lists.first(this, read, shown))
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    undo(event) {
      const { id } = event.currentTarget.dataset
      return screen.act(this, id, async () => {
        if (await undoing.undo(id)) await this.load()
      })
    },
    back() {
      wx.navigateBack({ fail() {} })
    },
  },
})

/** @param {string | undefined} cursor */
function read(cursor) {
  return counter.get('/api/store/v1/checkouts', { query: { cursor } })
}

/** @param {import('../../../types/wire').Checkout} checkout */
function shown(checkout) {
  return bills.billOf(checkout, new Date())
}
