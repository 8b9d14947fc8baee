// A clerk signs in for one store.
const counter = require('../../lib/counter')
const language = require('../../../lib/language')
const screen = require('../../../lib/screen')

Component({
  data: { ...screen.data(), login: '', password: '', store: '' },
  methods: {
    onLoad() {
      screen.open(this, language.texts().clerk.signIn)
      if (counter.kept()) wx.redirectTo({ url: '/clerk/pages/counter/index' })
    },
    /** @param {WechatMiniprogram.Input} event */
    typed(event) {
      this.setData({ [event.currentTarget.dataset.name]: event.detail.value })
    },
    enter() {
      const login = this.data.login.trim()
      const store = this.data.store.trim()
      const { password } = this.data
      if (!login || !store || !password) {
        screen.tell(language.texts().clerk.missing)
        return undefined
      }
      return screen.act(this, 'enter', async () => {
        await counter.signIn({ login, password, store_code: store })
        this.setData({ password: '' })
        wx.redirectTo({ url: '/clerk/pages/counter/index' })
      })
    },
  },
})
