Page({
  data: { count: 0 },
  onShow() {
    this.setData({ count: this.data.count + 1 })
  },
})
