// What the law gives me: to see what I agreed to, to take my data along, to withdraw, to leave, and to think again.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const ownData = require('../../lib/own_data')
const privacy = require('../../lib/privacy')
const screen = require('../../lib/screen')

/** @typedef {import('../../types/wire').Consent} Consent */
/** @typedef {import('../../types/wire').Erasure} Erasure */

Component({
  data: {
    ...screen.data(),
    consents: /** @type {ReturnType<typeof consentOf>[]} */ ([]),
    contract: '',
    exported: '',
    waiting: '',
  },
  methods: {
    onLoad() {
      screen.open(this, language.texts().rights.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const [consents, erasure, contract] = await Promise.all([
          api.get('/api/mini/v1/me/consents'),
          api.get('/api/mini/v1/me/erasure'),
          privacy.setting(),
        ])
        return { consents: consents.data.map(consentOf), contract: contract.name, waiting: waitingOf(erasure.request) }
      })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    go(event) {
      wx.navigateTo({ url: event.currentTarget.dataset.url })
    },
    openContract() {
      wx.openPrivacyContract({})
    },
    collect() {
      return screen.act(this, 'export', async () => {
        this.setData({ exported: await ownData.collect() })
      })
    },
    copy() {
      wx.setClipboardData({ data: this.data.exported })
    },
    // In a tap of its own: WeChat opens its chats for nothing else.
    send() {
      const filePath = ownData.keepAsFile(this.data.exported)
      wx.shareFileMessage({ filePath, fail() {} })
    },
    erase() {
      return screen.act(this, 'erase', async () => {
        const t = language.texts().rights
        if (!(await screen.ask(t.leave, t.leaveHint)) || !(await screen.ask(t.leave, t.eraseSure))) return
        const asked = await ownData.askForErasure()
        this.setData({ waiting: waitingOf(asked) })
        screen.tell(language.fill(t.asked, { at: dates.minute(asked.due_at) }))
      })
    },
    stay() {
      return screen.act(this, 'stay', async () => {
        this.setData({ waiting: waitingOf(await ownData.takeErasureBack()) })
        screen.tell(language.texts().rights.stayed)
      })
    },
  },
})

/** @param {Consent} consent */
function consentOf(consent) {
  const t = language.texts()
  const values = { version: consent.document_version || '', day: consent.recorded_at ? dates.day(consent.recorded_at) : '' }
  return {
    purpose: consent.purpose,
    name: t.profile[consent.purpose],
    words: consent.granted ? language.fill(t.rights.agreed, values) : t.rights.notGiven,
    url: `/pages/agreement/index?document=${consent.purpose}`,
  }
}

/** @param {Erasure | null} erasure */
function waitingOf(erasure) {
  if (!erasure || erasure.state !== 'waiting') return ''
  return language.fill(language.texts().rights.waiting, { at: dates.minute(erasure.due_at) })
}
