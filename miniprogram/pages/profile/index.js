// Me: name, phone, birthday, language, and the way to everything else of mine.
const api = require('../../lib/api')
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const ownData = require('../../lib/own_data')
const screen = require('../../lib/screen')

/** @typedef {import('../../types/wire').Member} Member */

// A year with 29 February: the year of birth is not asked.
const LEAP_YEAR = 2028
const LANGUAGES = /** @type {const} */ (['zh_CN', 'en'])

Component({
  data: {
    ...screen.data(),
    member: /** @type {Member | null} */ (null),
    nickname: '',
    birthday: '',
    joined: '',
    languages: ['简体中文', 'English'],
    languageIndex: 0,
    months: Array.from({ length: 12 }, (_, at) => String(at + 1)),
    days: daysOf(1),
    picked: [0, 0],
  },
  methods: {
    onShow() {
      this.name()
      return this.load()
    },
    onPullDownRefresh() {
      return screen.refresh(this.load())
    },
    name() {
      screen.open(this, language.texts().profile.title)
      this.setData({ languageIndex: LANGUAGES.indexOf(language.current()) })
    },
    load() {
      return screen.fill(this, async () => shown(await api.get('/api/mini/v1/me')))
    },
    /** @param {WechatMiniprogram.Input} event */
    typed(event) {
      this.setData({ nickname: event.detail.value })
    },
    saveNickname() {
      const nickname = this.data.nickname.trim()
      if (!nickname) return undefined
      return screen.act(this, 'nickname', () => this.change({ nickname }))
    },
    /** @param {{nickname?: string, birthday?: {month: number, day: number}, locale?: 'zh_CN' | 'en'}} changes */
    async change(changes) {
      this.setData(shown(await api.put('/api/mini/v1/me/profile', { body: changes })))
      screen.tell(language.texts().messages.saved)
    },
    /** @param {WechatMiniprogram.CustomEvent<{code?: string}>} event */
    bindPhone(event) {
      const { code } = event.detail
      if (!code) {
        screen.tell(language.texts().profile.phoneRefused)
        return undefined
      }
      return screen.act(this, 'phone', async () => {
        const bound = await api.post('/api/mini/v1/me/phone', { body: { phone_code: code } })
        const t = language.texts().profile
        this.setData(shown(bound.member))
        screen.tell(bound.is_merged ? t.merged : language.fill(t.bound, { phone: bound.member.phone_masked || '' }))
      })
    },
    /** @param {WechatMiniprogram.CustomEvent<{column: number, value: number}>} event */
    turnBirthday(event) {
      const { column, value } = event.detail
      if (column === 0) this.setData({ days: daysOf(value + 1), picked: [value, 0] })
    },
    /** @param {WechatMiniprogram.CustomEvent<{value: number[]}>} event */
    pickBirthday(event) {
      const [month, day] = event.detail.value.map((at) => at + 1)
      return screen.act(this, 'birthday', async () => {
        const t = language.texts().profile
        if (!(await screen.ask(t.birthday, language.fill(t.birthdayAsk, { month, day })))) return
        await this.change({ birthday: { month, day } })
      })
    },
    /** @param {WechatMiniprogram.CustomEvent<{value: string | number}>} event */
    pickLanguage(event) {
      const locale = LANGUAGES[Number(event.detail.value)]
      language.choose(locale)
      this.name()
      return screen.act(this, 'language', async () => {
        await this.change({ locale })
        await this.load()
      })
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    go(event) {
      wx.navigateTo({ url: event.currentTarget.dataset.url })
    },
    signOut() {
      return screen.act(this, 'sign-out', async () => {
        await ownData.signOut()
        wx.reLaunch({ url: '/pages/home/index' })
      })
    },
  },
})

/** @param {Member} member */
function shown(member) {
  const t = language.texts().profile
  return {
    member,
    nickname: member.nickname,
    birthday: member.birthday ? language.fill(t.birthdaySet, { ...member.birthday }) : '',
    joined: language.fill(t.joined, { day: dates.day(member.joined_at) }),
  }
}

/** @param {number} month */
function daysOf(month) {
  const count = new Date(Date.UTC(LEAP_YEAR, month, 0)).getUTCDate()
  return Array.from({ length: count }, (_, at) => String(at + 1))
}
