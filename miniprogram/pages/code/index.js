// The member code: drawn here from the kept secret, so it needs no network; by the server's time, so it needs no right clock.
const code128 = require('../../lib/code128')
const codeSecret = require('../../lib/code_secret')
const language = require('../../lib/language')
const light = require('../../lib/light')
const memberCode = require('../../lib/member_code')
const picture = require('../../lib/picture')
const qr = require('../../lib/qr')
const screen = require('../../lib/screen')

const TICK_MS = 500

/** @typedef {import('../../lib/code_secret').Source} Source */

/** What a page draws from. Not in its data: the secret is nothing for a template. @type {WeakMap<object, Source>} */
const sources = new WeakMap()
/** @type {WeakMap<object, any>} */
const timers = new WeakMap()

Component({
  data: { ...screen.data(), digits: '', grouped: '', qr: '', bar: '', left: '', isOffline: false },
  lifetimes: {
    detached() {
      this.leave()
    },
  },
  methods: {
    onShow() {
      screen.open(this, language.texts().code.title)
      light.raise()
      const kept = codeSecret.kept()
      if (kept) this.show(kept)
      clearInterval(timers.get(this))
      timers.set(this, setInterval(() => this.tick(), TICK_MS))
      return this.renew()
    },
    onHide() {
      this.leave()
    },
    onUnload() {
      this.leave()
    },
    onPullDownRefresh() {
      return screen.refresh(this.renew())
    },
    async renew() {
      try {
        this.show(await codeSecret.renew())
        this.setData({ isOffline: false })
      } catch (error) {
        this.fall(error)
      }
    },
    /**
     * Without the server the kept secret goes on drawing; without that there is nothing to show.
     * @param {unknown} error
     */
    fall(error) {
      const code = screen.codeOf(error)
      if (code === 'consent_missing') this.setData({ state: 'guest' })
      else if (sources.has(this) && code !== 'code_outdated') this.setData({ isOffline: true })
      else this.setData({ state: 'error', failure: screen.messageOf(error) })
    },
    /** @param {Source} source */
    show(source) {
      sources.set(this, source)
      this.tick()
      this.setData({ state: 'ready' })
    },
    tick() {
      const source = sources.get(this)
      if (!source) return
      const { digits, secondsLeft } = codeSecret.codeAt(source, Date.now())
      const left = language.fill(language.texts().code.left, { n: secondsLeft })
      if (left !== this.data.left) this.setData({ left })
      if (digits !== this.data.digits) this.setData(drawn(digits))
    },
    leave() {
      clearInterval(timers.get(this))
      timers.delete(this)
      light.restore()
    },
  },
})

/** @param {string} digits */
function drawn(digits) {
  return {
    digits,
    grouped: memberCode.grouped(digits),
    qr: picture.png(qr.encode(digits), { across: 10, down: 10, quiet: 4 }),
    bar: picture.png([code128.encode(digits)], { across: 4, down: 16, quiet: 10 }),
  }
}
