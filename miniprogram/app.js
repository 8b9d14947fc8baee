// The application: what holds for every page.
const language = require('./lib/language')
const messages = require('./lib/messages')
const privacy = require('./lib/privacy')
const session = require('./lib/session')
const subscriptions = require('./lib/subscriptions')

App({
  onLaunch() {
    privacy.listen()
    language.nameTabs()
  },

  /** @param {WechatMiniprogram.App.LaunchShowOption} options */
  onShow(options) {
    messages.noteOpening(options.query)
    if (session.token()) subscriptions.flush()
  },
})
