Component({
  properties: { title: String, lines: Array },
  data: { shows: 0 },
  pageLifetimes: {
    show() {
      this.setData({ shows: this.data.shows + 1 })
    },
  },
  methods: {
    press() {
      this.triggerEvent('pressed', { title: this.data.title })
    },
  },
})
