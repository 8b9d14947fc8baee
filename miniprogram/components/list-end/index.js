// The foot of a list: more is coming, more did not come, or that was all.
Component({
  properties: {
    t: { type: Object, value: {} },
    more: { type: String, value: '' },
    hasMore: { type: Boolean, value: false },
  },
  methods: {
    again() {
      this.triggerEvent('again')
    },
  },
})
