// The check-in calendar: days done, days that can be made up for, what the days to come would pay.
const api = require('../../lib/api')
const language = require('../../lib/language')
const months = require('../../lib/months')
const screen = require('../../lib/screen')

/** @typedef {import('../../types/wire').Calendar} Calendar */
/** @typedef {{date: string, day: string, mark: string, kind: '' | 'done' | 'missed' | 'ahead' | 'past', isToday: boolean, label: string}} Cell */

Component({
  data: {
    ...screen.data(),
    month: '',
    thisMonth: '',
    today: '',
    weekdays: /** @type {string[]} */ ([]),
    cells: /** @type {Cell[]} */ ([]),
    done: false,
    streak: '',
    monthCount: '',
    bonuses: /** @type {string[]} */ ([]),
    makeUps: '',
    cost: 0,
  },
  methods: {
    onLoad() {
      const t = language.texts().checkIn
      screen.open(this, t.title)
      this.setData({ weekdays: t.weekdays.split(' ') })
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const calendar = await api.get('/api/mini/v1/check-ins', { query: { month: this.data.month || undefined } })
        return shown(calendar)
      })
    },
    previous() {
      return this.turn(-1)
    },
    next() {
      return this.turn(1)
    },
    /** @param {number} by */
    turn(by) {
      if (!this.data.month) return undefined
      this.setData({ month: months.shifted(this.data.month, by) })
      return this.load()
    },
    checkIn() {
      return screen.act(this, 'check-in', async () => {
        const paid = await api.post('/api/mini/v1/check-ins', { intent: `check-in:${this.data.today}` })
        screen.tell(language.fill(language.texts().home.checkInDone, { n: paid.points }))
        await this.load()
      })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    tapDay(event) {
      const { date, kind } = event.currentTarget.dataset
      if (kind !== 'missed') return undefined
      return screen.act(this, date, async () => {
        const t = language.texts().checkIn
        const words = language.fill(t.makeUpAsk, { cost: this.data.cost, day: date })
        if (!(await screen.ask(t.makeUp, words))) return
        const made = await api.post('/api/mini/v1/check-ins/make-ups', { body: { business_date: date }, intent: `make-up:${date}` })
        screen.tell(language.fill(t.madeUp, { n: made.streak }))
        await this.load()
      })
    },
  },
})

/** @param {Calendar} calendar */
function shown(calendar) {
  const t = language.texts().checkIn
  const { cost_points: cost, left, days } = calendar.make_ups
  return {
    month: calendar.month,
    thisMonth: calendar.today.slice(0, 7),
    today: calendar.today,
    cells: cellsOf(calendar),
    done: calendar.checked_in_today,
    streak: language.fill(t.streak, { n: calendar.streak }),
    monthCount: language.fill(t.month, { n: calendar.month_count }),
    bonuses: bonusesOf(calendar),
    makeUps: days.length ? language.fill(t.makeUpLeft, { n: left, cost }) : t.makeUpNone,
    cost,
  }
}

/** @param {Calendar} calendar */
function bonusesOf(calendar) {
  const t = language.texts().checkIn
  const found = []
  if (calendar.next_bonus) found.push(language.fill(t.nextBonus, { ...calendar.next_bonus }))
  if (calendar.next_monthly_bonus) found.push(language.fill(t.nextMonthly, { ...calendar.next_monthly_bonus }))
  return found
}

/**
 * @param {Calendar} calendar
 * @returns {Cell[]}
 */
function cellsOf(calendar) {
  const done = new Map(calendar.days.map((day) => [day.business_date, day]))
  const ahead = new Map(calendar.coming.map((day) => [day.business_date, day.points]))
  const missed = new Set(calendar.make_ups.days)
  return months.places(calendar.month).map((date) => {
    const cell = { date, day: date ? String(Number(date.slice(8))) : '', isToday: date === calendar.today }
    return { ...cell, ...markOf(date, done.has(date), missed.has(date), ahead.get(date)) }
  })
}

/**
 * @param {string} date
 * @param {boolean} isDone
 * @param {boolean} isMissed
 * @param {number | undefined} pays
 * @returns {{mark: string, kind: Cell['kind'], label: string}}
 */
function markOf(date, isDone, isMissed, pays) {
  const t = language.texts().checkIn
  if (!date) return { mark: '', kind: '', label: '' }
  if (isDone) return { mark: '✓', kind: 'done', label: `${date} ${t.dayDone}` }
  if (isMissed) return { mark: '↺', kind: 'missed', label: `${date} ${t.dayMissed}` }
  if (pays !== undefined)
    return { mark: `+${pays}`, kind: 'ahead', label: `${date} ${language.fill(t.dayAhead, { n: pays })}` }
  return { mark: '', kind: 'past', label: date }
}
