// Asks for subscription messages, in the tap itself. Nothing is given for a yes, and a no changes nothing.
const language = require('../../lib/language')
const screen = require('../../lib/screen')
const subscriptions = require('../../lib/subscriptions')

Component({
  properties: {
    t: { type: Object, value: {} },
    // OfferedSubscriptions, fetched beforehand: WeChat wants the call inside the tap.
    offers: { type: Array, value: [] },
    title: { type: String, value: '' },
  },
  data: { waits: false },
  methods: {
    subscribe() {
      if (this.data.waits) return undefined
      // First of all: after anything awaited WeChat refuses.
      const asked = subscriptions.ask(this.data.offers)
      this.setData({ waits: true })
      return asked.then((outcome) => {
        this.setData({ waits: false })
        screen.tell(wordsOf(outcome))
        this.triggerEvent('answered', outcome)
      })
    },
  },
})

/** @param {import('../../lib/subscriptions').Outcome} outcome */
function wordsOf(outcome) {
  const t = language.texts().subscribe
  if (outcome.switchedOff) return t.switchedOff
  return outcome.accepted ? language.fill(t.accepted, { n: outcome.accepted }) : t.refused
}
