// Which messages may come: permissions in hand per template, and my choice per topic and channel. Nothing is given for a yes.
const agreements = require('../../lib/agreements')
const api = require('../../lib/api')
const language = require('../../lib/language')
const screen = require('../../lib/screen')
const subscriptions = require('../../lib/subscriptions')

/** @typedef {import('../../types/wire').Preferences} Preferences */
/** @typedef {import('../../types/wire').Topic} Topic */
/** @typedef {import('../../types/wire').Way} Way */

Component({
  data: {
    ...screen.data(),
    templates: /** @type {ReturnType<typeof templateOf>[]} */ ([]),
    topics: /** @type {ReturnType<typeof topicOf>[]} */ ([]),
    marketing: false,
    marketingVersion: '',
  },
  methods: {
    onLoad() {
      screen.open(this, language.texts().messages.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const [templates, preferences] = await Promise.all([
          api.get('/api/mini/v1/message-templates'),
          api.get('/api/mini/v1/message-preferences'),
        ])
        return { templates: templates.data.map(templateOf), ...chosen(preferences) }
      })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    subscribe(event) {
      // First of all: after anything awaited WeChat refuses.
      const asked = subscriptions.ask([{ wechat_template_id: event.currentTarget.dataset.id }])
      return asked.then(async (outcome) => {
        const t = language.texts().subscribe
        if (outcome.switchedOff) screen.say(Object.assign(new Error(t.switchedOff), { code: 'switched_off' }))
        else screen.tell(outcome.accepted ? language.fill(t.accepted, { n: outcome.accepted }) : t.refused)
        await this.load()
      })
    },
    /** @param {WechatMiniprogram.SwitchChange} event */
    switchMarketing(event) {
      const granted = event.detail.value
      const { version } = agreements.document('marketing', language.current())
      return this.choose('marketing', async () => {
        if (granted && version !== this.data.marketingVersion)
          throw Object.assign(new Error(language.texts().messages.outdated), { code: 'document_outdated' })
        const marketing = { granted, document_version: this.data.marketingVersion }
        return api.put('/api/mini/v1/message-preferences', { body: { switches: [], marketing } })
      })
    },
    /** @param {WechatMiniprogram.SwitchChange} event */
    switchTopic(event) {
      const { topic, channel } = event.currentTarget.dataset
      const switches = [{ topic, channel, is_on: event.detail.value }]
      return this.choose(`${topic}.${channel}`, () =>
        api.put('/api/mini/v1/message-preferences', { body: { switches, marketing: null } }),
      )
    },
    /**
     * A switch that did not go through goes back to where it was.
     * @param {string} name
     * @param {() => Promise<Preferences>} work
     */
    choose(name, work) {
      return screen.act(this, name, async () => {
        try {
          this.setData(chosen(await work()))
          screen.tell(language.texts().messages.saved)
        } catch (error) {
          const { marketing, topics } = this.data
          this.setData({ marketing, topics })
          throw error
        }
      })
    },
    readMarketing() {
      wx.navigateTo({ url: '/pages/agreement/index?document=marketing' })
    },
  },
})

/** @param {import('../../types/wire').Subscription} offer */
function templateOf(offer) {
  const left = language.fill(language.texts().messages.left, { n: offer.remaining })
  return { id: offer.wechat_template_id, title: offer.title, left }
}

/** @param {Preferences} preferences */
function chosen(preferences) {
  return {
    marketing: preferences.marketing.granted === true,
    marketingVersion: preferences.marketing.current_version,
    topics: preferences.data.map(topicOf),
  }
}

/** @param {Topic} topic */
function topicOf(topic) {
  return {
    topic: topic.topic,
    name: language.current() === 'en' ? topic.name_en : topic.name,
    ways: topic.channels.map(wayOf),
  }
}

/** @param {Way} way */
function wayOf(way) {
  const t = language.texts().messages
  const why = way.locked_by === 'required' ? t.required : way.locked_by === 'no_marketing_consent' ? t.needsConsent : ''
  return { channel: way.channel, name: t[/** @type {'channel_sms'} */ (`channel_${way.channel}`)], isOn: way.is_on, isLocked: way.locked_by !== null, why }
}
