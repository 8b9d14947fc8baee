// How points work, in the server's own words.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const screen = require('../../lib/screen')

/** @typedef {{text: string, text_en: string}} Sentence */

Component({
  data: { ...screen.data(), parts: /** @type {{title: string, lines: string[]}[]} */ ([]), updated: '' },
  methods: {
    onLoad() {
      screen.open(this, language.texts().rules.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const told = await api.get('/api/mini/v1/points/mechanism')
        return { parts: partsOf(told), updated: language.fill(language.texts().rules.updated, { at: dates.minute(told.updated_at) }) }
      })
    },
  },
})

/** @param {import('../../types/wire').Mechanism} told */
function partsOf(told) {
  const t = language.texts().rules
  const makeup = told.check_in.makeup ? [told.check_in.makeup] : []
  return [
    { title: t.earn, lines: told.rules.map(words) },
    { title: t.checkIn, lines: [...told.check_in.sentences, ...makeup].map(words) },
    { title: t.worth, lines: [told.worth, ...told.worth.buys].map(words) },
    { title: t.expiry, lines: [words(told.expiry)] },
    { title: t.more, lines: [told.rounding, told.refund, told.debt].map(words) },
  ].filter((part) => part.lines.length)
}

/** @param {Sentence} sentence */
function words(sentence) {
  return language.current() === 'en' ? sentence.text_en : sentence.text
}
