// My points: what there is, and every change with why, when and until when.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const lists = require('../../lib/lists')
const numbers = require('../../lib/numbers')
const screen = require('../../lib/screen')

Component({
  data: { ...screen.data(), ...lists.data(), spendable: '', facts: /** @type {string[]} */ ([]) },
  methods: {
    onLoad() {
      screen.open(this, language.texts().points.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    onReachBottom() {
      return lists.next(this, read, wordsOf)
    },
    load() {
      return screen.fill(this, async () => {
        const [summary, rows] = await Promise.all([api.get('/api/mini/v1/points'), lists.first(this, read, wordsOf)])
        return { ...rows, spendable: numbers.whole(summary.spendable), facts: factsOf(summary) }
      })
    },
    goCheckIn() {
      wx.navigateTo({ url: '/pages/check-in/index' })
    },
    goRules() {
      wx.navigateTo({ url: '/pages/rules/index' })
    },
  },
})

/** @param {string | undefined} cursor */
function read(cursor) {
  return api.get('/api/mini/v1/points/entries', { query: { cursor } })
}

/** @param {import('../../types/wire').PointsSummary} summary */
function factsOf(summary) {
  const t = language.texts().points
  const found = []
  if (summary.pending) found.push(language.fill(t.pending, { n: numbers.whole(summary.pending) }))
  if (summary.held) found.push(language.fill(t.held, { n: numbers.whole(summary.held) }))
  if (summary.owed) found.push(language.fill(t.owed, { n: numbers.whole(summary.owed) }))
  const next = summary.next_expiry
  if (next) found.push(language.fill(t.expiring, { n: numbers.whole(next.points), day: next.valid_through }))
  return found
}

/** @param {import('../../types/wire').PointsEntry} entry */
function wordsOf(entry) {
  const t = language.texts().points
  const english = language.current() === 'en'
  const notes = [dates.minute(entry.occurred_at), language.fill(t.balance, { n: numbers.whole(entry.balance_after) })]
  if (entry.rule) notes.push(language.fill(t.by, { name: english ? entry.rule.name_en : entry.rule.name }))
  if (entry.order_no) notes.push(language.fill(t.order, { no: entry.order_no }))
  if (entry.available_at && Date.parse(entry.available_at) > Date.now())
    notes.push(language.fill(t.available, { at: dates.minute(entry.available_at) }))
  if (entry.expires_at) notes.push(language.fill(t.expires, { day: dates.lastDay(entry.expires_at) }))
  return {
    seq: entry.seq,
    title: english ? entry.title_en : entry.title,
    delta: numbers.signed(entry.delta),
    isGain: entry.delta > 0,
    notes: notes.join(' · '),
  }
}
