// The application: what holds for every page.
const language = require('./lib/language')
const messages = require('./lib/messages')
const privacy = require('./lib/privacy')

App({
  onLaunch() {
    privacy.listen()
    language.nameTabs()
  },

  /** @param {WechatMiniprogram.App.LaunchShowOption} options */
  onShow(options) {
    messages.noteOpening(options.query)
  },
})
