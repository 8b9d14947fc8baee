// The first screen: one call for all of it, two when WeChat has to sign in first.
const api = require('../../lib/api')
const language = require('../../lib/language')
const screen = require('../../lib/screen')

/** @typedef {import('../../types/wire').Home} Home */

Component({
  data: {
    ...screen.data(),
    member: /** @type {Home['member'] | null} */ (null),
    checkIn: /** @type {Home['check_in'] | null} */ (null),
    couponCount: 0,
    offers: /** @type {Home['offers']} */ ([]),
    hasMoreOffers: false,
    // What this screen may ask for now, and after a claim or a check-in what fits that.
    reminders: /** @type {Home['subscriptions']} */ ([]),
    checkInButton: '',
    streak: '',
    nextBonus: '',
  },
  methods: {
    onShow() {
      screen.open(this, language.texts().home.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const home = await api.get('/api/mini/v1/home')
        return {
          member: home.member,
          couponCount: home.coupons.active,
          offers: home.offers,
          hasMoreOffers: home.has_more_offers,
          reminders: home.subscriptions,
          ...checkInOf(home.check_in),
        }
      })
    },
    checkIn() {
      return screen.act(this, 'check-in', async () => {
        const today = this.data.checkIn ? this.data.checkIn.today : ''
        const paid = await api.post('/api/mini/v1/check-ins', { intent: `check-in:${today}` })
        screen.tell(language.fill(language.texts().home.checkInDone, { n: paid.points }))
        await this.load()
        await this.remind('after_check_in')
      })
    },
    /** @param {WechatMiniprogram.CustomEvent<{id: string}>} event */
    claim(event) {
      const { id } = event.detail
      return screen.act(this, id, async () => {
        await api.post('/api/mini/v1/coupon-batches/{batch_id}/claims', { path: { batch_id: id }, intent: `claim:${id}` })
        screen.tell(language.texts().home.claimed)
        await this.load()
        await this.remind('after_claim')
      })
    },
    /**
     * Fetch what fits the moment, so that the tap that asks need not wait.
     * @param {string} scene
     */
    async remind(scene) {
      const found = await api.get('/api/mini/v1/subscription-offers', { query: { scene } })
      if (found.data.length) this.setData({ reminders: found.data })
    },
    answered() {
      this.setData({ reminders: [] })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    go(event) {
      const { url, tab } = event.currentTarget.dataset
      if (tab) wx.switchTab({ url })
      else wx.navigateTo({ url })
    },
    goCentre() {
      wx.switchTab({ url: '/pages/centre/index' })
    },
  },
})

/** @param {Home['check_in']} checkIn */
function checkInOf(checkIn) {
  const t = language.texts().home
  const bonus = checkIn.next_bonus
  return {
    checkIn,
    checkInButton: checkIn.checked_in_today
      ? t.checkedIn
      : checkIn.points
        ? language.fill(t.checkInFor, { n: checkIn.points })
        : t.checkIn,
    streak: checkIn.streak ? language.fill(t.streak, { n: checkIn.streak }) : '',
    nextBonus: bonus ? language.fill(t.nextBonus, { days: bonus.days, points: bonus.points }) : '',
  }
}
