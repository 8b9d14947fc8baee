// The counter: scan, see who it is, quote the bill, settle, undo. Nothing is ever settled offline.
const bills = require('../../lib/bills')
const counter = require('../../lib/counter')
const undoing = require('../../lib/undo')
const dates = require('../../../lib/dates')
const language = require('../../../lib/language')
const numbers = require('../../../lib/numbers')
const screen = require('../../../lib/screen')

// A scanner that sees the same code twice in a row means one scan.
const SAME_SCAN_MS = 3000
const CODE = /^\d{20}$/

/** @typedef {import('../../../types/wire').Visit} Visit */
/** @typedef {import('../../../types/wire').Quote} Quote */

Component({
  data: {
    ...screen.data(),
    // scan → member → quote → done
    step: 'scan',
    where: '',
    code: '',
    lastCode: '',
    lastAt: 0,
    visit: /** @type {Visit | null} */ (null),
    member: /** @type {{name: string, tier: string, points: string, isBirthday: boolean, until: string} | null} */ (null),
    bill: '',
    billFen: 0,
    quote: /** @type {Quote | null} */ (null),
    coupons: /** @type {ReturnType<typeof bills.couponsOf>} */ ([]),
    lines: /** @type {ReturnType<typeof bills.linesOf>} */ ([]),
    payable: '',
    points: 0,
    pointsOffer: '',
    done: /** @type {ReturnType<typeof bills.billOf> | null} */ (null),
  },
  methods: {
    onShow() {
      const t = language.texts().clerk
      screen.open(this, t.counter)
      const session = counter.kept()
      if (!session) wx.redirectTo({ url: '/clerk/pages/sign-in/index' })
      else this.setData({ where: [session.staff.display_name, session.staff.store && session.staff.store.name].filter(Boolean).join(' · ') })
    },
    scan() {
      wx.scanCode({
        scanType: ['qrCode', 'barCode'],
        success: (found) => this.look(found.result),
        fail: (error) => {
          // Closing the camera is no failure.
          if (!/cancel/.test(error.errMsg)) screen.tell(language.texts().clerk.scanFailed)
        },
      })
    },
    /** @param {WechatMiniprogram.Input} event */
    typedCode(event) {
      this.setData({ code: event.detail.value })
    },
    lookTyped() {
      return this.look(this.data.code)
    },
    /** @param {string} said */
    look(said) {
      const code = said.replace(/\s/g, '')
      if (!CODE.test(code)) {
        screen.tell(language.texts().clerk.notACode)
        return undefined
      }
      const now = Date.now()
      if (code === this.data.lastCode && now - this.data.lastAt < SAME_SCAN_MS) return undefined
      this.setData({ lastCode: code, lastAt: now })
      return screen.act(this, 'look', async () => {
        const visit = await counter.post('/api/store/v1/visits', { body: { member_code: code } })
        wx.vibrateShort({ type: 'medium', fail() {} })
        this.setData({ ...FRESH, visit, member: memberOf(visit), step: 'member' })
      })
    },
    /**
     * Another amount asks for another quote: what is settled is what was quoted.
     * @param {WechatMiniprogram.Input} event
     */
    typedBill(event) {
      this.setData({ bill: event.detail.value, step: 'member' })
    },
    /** The first quote: every coupon explained, the best set proposed and then held. */
    quoteBill() {
      const billFen = numbers.fenOf(this.data.bill)
      if (billFen === null) {
        screen.tell(language.texts().clerk.badBill)
        return undefined
      }
      return screen.act(this, 'quote', async () => {
        this.setData({ billFen, points: 0 })
        const explained = await this.ask(null)
        const best = explained.best.coupons.map((one) => one.coupon_id)
        this.show(await this.ask(best))
      })
    },
    /**
     * @param {string[] | null} ids null only explains
     * @returns {Promise<Quote>}
     */
    ask(ids) {
      const { visit, billFen, points } = this.data
      const body = { visit_id: visit ? visit.visit_id : '', bill_fen: billFen, lines: [], coupon_ids: ids, points }
      return counter.post('/api/store/v1/quotes', { body })
    },
    /** @param {Quote} quote */
    show(quote) {
      const t = language.texts().clerk
      const choice = quote.chosen || quote.best
      const most = { n: numbers.whole(choice.most_points), money: numbers.yuan(choice.most_points_fen) }
      this.setData({
        quote,
        step: 'quote',
        coupons: bills.couponsOf(quote),
        lines: bills.linesOf(choice),
        payable: numbers.yuan(choice.payable_fen),
        pointsOffer: choice.most_points ? language.fill(t.usePoints, most) : '',
      })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    toggle(event) {
      const { id } = event.currentTarget.dataset
      const ids = this.data.coupons.filter((one) => one.isOn !== (one.id === id)).map((one) => one.id)
      return screen.act(this, id, async () => this.show(await this.ask(ids)))
    },
    togglePoints() {
      const { quote, points } = this.data
      if (!quote) return undefined
      const most = (quote.chosen || quote.best).most_points
      return screen.act(this, 'points', async () => {
        this.setData({ points: points ? 0 : most })
        try {
          this.show(await this.ask(this.chosen()))
        } catch (error) {
          this.setData({ points })
          throw error
        }
      })
    },
    /** @returns {string[]} */
    chosen() {
      return this.data.coupons.filter((one) => one.isOn).map((one) => one.id)
    },
    settle() {
      const { visit, billFen, points, payable, member } = this.data
      if (!visit || !member) return undefined
      return screen.act(this, 'settle', async () => {
        const t = language.texts().clerk
        const ids = this.chosen()
        const words = { member: member.name, bill: numbers.yuan(billFen), payable, n: ids.length }
        if (!(await screen.ask(t.settle, language.fill(t.settleAsk, words)))) return
        const body = { visit_id: visit.visit_id, bill_fen: billFen, lines: [], coupon_ids: ids, points, order_no: null }
        const settled = await counter.post('/api/store/v1/checkouts', { body, intent: `settle:${JSON.stringify(body)}` })
        wx.vibrateShort({ type: 'heavy', fail() {} })
        this.setData({ step: 'done', done: bills.billOf(settled, new Date()) })
      })
    },
    undo() {
      const { done } = this.data
      if (!done) return undefined
      return screen.act(this, 'undo', async () => {
        const undone = await undoing.undo(done.id)
        if (undone) this.setData({ done: bills.billOf(undone, new Date()) })
      })
    },
    next() {
      this.setData({ ...FRESH, step: 'scan' })
    },
    goToday() {
      wx.navigateTo({ url: '/clerk/pages/today/index' })
    },
    async signOut() {
      await counter.signOut()
      wx.redirectTo({ url: '/clerk/pages/sign-in/index' })
    },
  },
})

/** Nothing of the customer before stays on the screen. */
const FRESH = {
  code: '',
  visit: null,
  member: null,
  bill: '',
  billFen: 0,
  quote: null,
  coupons: [],
  lines: [],
  payable: '',
  points: 0,
  pointsOffer: '',
  done: null,
}

/** @param {Visit} visit */
function memberOf(visit) {
  const t = language.texts().clerk
  const { member } = visit
  return {
    name: [member.nickname, member.phone_masked].filter(Boolean).join(' ') || language.texts().home.noName,
    tier: language.current() === 'en' ? member.badge.name_en : member.badge.name,
    points: language.fill(t.points, { n: numbers.whole(member.points_balance) }),
    isBirthday: member.is_birthday,
    until: language.fill(t.visitUntil, { at: dates.minute(visit.expires_at) }),
  }
}
