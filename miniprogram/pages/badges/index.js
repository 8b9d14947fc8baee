// The ladder with what each tier gives, and the badges with how far I am.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const numbers = require('../../lib/numbers')
const screen = require('../../lib/screen')
const settings = require('../../lib/settings')

Component({
  data: {
    ...screen.data(),
    rungs: /** @type {ReturnType<typeof rungOf>[]} */ ([]),
    achievements: /** @type {ReturnType<typeof achievementOf>[]} */ ([]),
    earned: '',
    kept: '',
  },
  methods: {
    onLoad() {
      screen.open(this, language.texts().badges.title)
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    load() {
      return screen.fill(this, async () => {
        const [ladder, badges] = await Promise.all([api.get('/api/mini/v1/tiers'), api.get('/api/mini/v1/badges')])
        return {
          rungs: ladder.ladder.map((rung) => rungOf(rung, ladder.mine.tier.rank)),
          achievements: badges.achievements.map(achievementOf),
          earned: ladder.how_earned,
          kept: ladder.how_kept,
        }
      })
    },
  },
})

/**
 * @param {import('../../types/wire').Rung} rung
 * @param {number} mine
 */
function rungOf(rung, mine) {
  const t = language.texts().badges
  return {
    code: rung.badge.code,
    name: language.current() === 'en' ? rung.badge.name_en : rung.badge.name,
    picture: settings.baseUrl() + rung.badge.svg_url,
    from: language.fill(t.from_, { n: numbers.whole(rung.growth_threshold) }),
    benefits: rung.benefits.length ? rung.benefits : [t.noBenefits],
    isMine: rung.rank === mine,
  }
}

/** @param {import('../../types/wire').Achievement} badge */
function achievementOf(badge) {
  const t = language.texts().badges
  // Money is counted in fen; every other fact is a plain number.
  const said = badge.fact === 'spent_fen' ? numbers.yuan : numbers.whole
  return {
    code: badge.code,
    name: language.current() === 'en' ? badge.name_en : badge.name,
    picture: settings.baseUrl() + badge.svg_url,
    percent: badge.progress_bp / 100,
    isMine: badge.awarded_at !== null,
    words: badge.awarded_at
      ? language.fill(t.got, { day: dates.day(badge.awarded_at) })
      : language.fill(t.progress, { current: said(badge.current), target: said(badge.target) }),
  }
}
