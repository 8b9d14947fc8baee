Component({
  properties: { a: String },
  data: { b: '', time: 0 },
  methods: {
    onLoad(query) {
      this.setData({ b: decodeURIComponent(query.b), time: Date.now() })
    },
    back() {
      this.getOpenerEventChannel().emit('told', 'from the second')
      wx.navigateBack()
    },
  },
})
