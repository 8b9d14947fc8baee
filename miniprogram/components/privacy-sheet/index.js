// The sheet WeChat's privacy gate waits for; only the page in front shows it.
const language = require('../../lib/language')
const privacy = require('../../lib/privacy')

const AGREE_ID = 'agree-privacy'

Component({
  data: { isOpen: false, isFront: false, name: '', t: language.texts() },
  lifetimes: {
    attached() {
      this.setData({ isFront: true })
      this.unwatch = privacy.watch(() => this.look())
      this.look()
    },
    detached() {
      this.unwatch()
    },
  },
  pageLifetimes: {
    show() {
      this.setData({ isFront: true })
      this.look()
    },
    hide() {
      this.setData({ isFront: false, isOpen: false })
    },
  },
  methods: {
    /** @type {() => void} */
    unwatch() {},
    look() {
      const isOpen = privacy.isAsked() && this.data.isFront
      this.setData({ isOpen, t: language.texts() })
      if (isOpen) privacy.setting().then((found) => this.setData({ name: found.name }))
    },
    openContract() {
      wx.openPrivacyContract({})
    },
    agree() {
      privacy.answer('agree', AGREE_ID)
    },
    /** The page below stays where it is. */
    refuseScroll() {},
    refuse() {
      privacy.answer('disagree')
    },
  },
})
