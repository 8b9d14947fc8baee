// Who I am here: tier, growth, the way to the next tier, points.
const language = require('../../lib/language')
const numbers = require('../../lib/numbers')

Component({
  properties: {
    t: { type: Object, value: {} },
    // A Member of types/wire.d.ts.
    member: { type: Object, value: {} },
  },
  data: { name: '', tier: '', colour: '', growth: '', points: '', ahead: '', percent: 0 },
  observers: {
    member(member) {
      if (member && member.standing) this.setData(cardOf(member))
    },
  },
})

/** @param {import('../../types/wire').Member} member */
function cardOf(member) {
  const t = language.texts().home
  const { standing } = member
  const next = standing.next_tier
  return {
    name: language.fill(t.hello, { name: member.nickname || t.noName }),
    tier: nameOf(standing.tier.badge),
    colour: standing.tier.badge.colour,
    growth: language.fill(t.growth, { n: numbers.whole(standing.growth_value) }),
    points: numbers.whole(member.points_balance),
    ahead: next
      ? language.fill(t.toNext, { n: numbers.whole(standing.growth_needed || 0), tier: nameOf(next.badge) })
      : t.atTop,
    percent: standing.progress_bp / 100,
  }
}

/** @param {import('../../types/wire').Badge} badge */
function nameOf(badge) {
  return language.current() === 'en' ? badge.name_en : badge.name
}
