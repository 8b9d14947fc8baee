// Joining: the documents are there to be read, nothing is ticked beforehand, marketing is a question of its own.
const agreements = require('../../lib/agreements')
const api = require('../../lib/api')
const language = require('../../lib/language')
const screen = require('../../lib/screen')
const session = require('../../lib/session')

const HOME = '/pages/home/index'

Component({
  data: { ...screen.data(), accepted: false, marketing: false, next: HOME },
  methods: {
    /** @param {Record<string, string | undefined>} query */
    onLoad(query) {
      screen.open(this, language.texts().join.title)
      const next = decodeURIComponent(query.next || '')
      if (next.startsWith('/pages/')) this.setData({ next })
    },
    toggle() {
      this.setData({ accepted: !this.data.accepted })
    },
    toggleMarketing() {
      this.setData({ marketing: !this.data.marketing })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    read(event) {
      wx.navigateTo({ url: `/pages/agreement/index?document=${event.currentTarget.dataset.document}` })
    },
    join() {
      if (!this.data.accepted) {
        screen.tell(language.texts().join.needConsent)
        return undefined
      }
      return screen.act(this, 'join', async () => {
        await signIn()
        if (this.data.marketing) await agreeToMarketing()
        wx.reLaunch({ url: this.data.next })
      })
    },
  },
})

/** The server may know a newer document than this phone shows: then nobody has read it here. */
async function signIn() {
  const { version } = agreements.document('membership', language.current())
  try {
    await session.signIn(version)
  } catch (error) {
    if (screen.codeOf(error) !== 'consent_missing') throw error
    throw Object.assign(new Error(language.texts().join.outdated), { code: 'document_outdated' })
  }
}

/** A membership stands without it: what fails here is said on the messages page. */
async function agreeToMarketing() {
  const { version } = agreements.document('marketing', language.current())
  const body = { granted: true, document_version: version }
  await api.put('/api/mini/v1/me/consents/marketing', { body }).catch((error) => screen.say(error))
}
