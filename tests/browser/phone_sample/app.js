App({
  onLaunch() {
    this.globalData.steps.push('launch')
  },
  onShow() {
    this.globalData.steps.push('appShow')
  },
  onHide() {
    this.globalData.steps.push('appHide')
  },
  globalData: { steps: [] },
})
