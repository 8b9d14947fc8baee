// One of the documents, with the version it is accepted by.
const agreements = require('../../lib/agreements')
const language = require('../../lib/language')
const screen = require('../../lib/screen')

Component({
  data: { ...screen.data(), document: agreements.document('membership', 'zh_CN') },
  methods: {
    /** @param {Record<string, string | undefined>} query */
    onLoad(query) {
      const document = agreements.document(query.document === 'marketing' ? 'marketing' : 'membership', language.current())
      screen.open(this, document.title)
      this.setData({ document })
    },
  },
})
