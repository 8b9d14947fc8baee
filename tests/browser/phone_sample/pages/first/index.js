const steps = () => getApp().globalData.steps

Component({
  data: { name: '', said: '', steps: '', lines: ['a', 'b'], asked: '', hidden: typeof window + typeof document + typeof fetch, minutes: 0 },
  lifetimes: {
    attached() {
      steps().push('attached')
    },
  },
  methods: {
    onLoad(query) {
      steps().push(`load:${query.from || ''}`)
    },
    onShow() {
      steps().push('show')
    },
    onReady() {
      steps().push('ready')
      this.look()
    },
    onHide() {
      steps().push('hide')
    },
    onPullDownRefresh() {
      this.setData({ said: 'pulled' })
      wx.stopPullDownRefresh()
    },
    look() {
      this.setData({ steps: steps().join(' '), minutes: Math.round((Date.now() - this.real()) / 60000) })
    },
    real() {
      return wx.getStorageSync('real') || new Date().getTime()
    },
    typed(event) {
      this.setData({ name: event.detail.value })
    },
    pressed(event) {
      this.setData({ said: event.detail.title, lines: ['c', 'a'] })
    },
    tapped(event) {
      this.setData({ said: `${event.currentTarget.dataset.nameOfIt}@${event.detail.x > 0}` })
    },
    ask() {
      this.request()
    },
    async askLate() {
      await Promise.resolve()
      this.request()
    },
    request() {
      wx.requestSubscribeMessage({
        tmplIds: ['TPL_BIRTHDAY_DEMO', 'TPL_COUPON_DEMO'],
        success: (answer) => this.setData({ asked: JSON.stringify(answer) }),
        fail: (problem) => this.setData({ asked: problem.errMsg }),
      })
    },
    go() {
      wx.navigateTo({ url: '../second/index?a=1&b=%E6%B1%89', events: { told: (word) => this.setData({ said: word }) } })
    },
    phone(event) {
      this.setData({ said: event.detail.errMsg })
    },
    switched(event) {
      this.setData({ said: String(event.detail.value) })
    },
    sent(event) {
      this.setData({ said: JSON.stringify(event.detail.value) })
    },
  },
})
