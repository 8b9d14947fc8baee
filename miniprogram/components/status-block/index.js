// Instead of a page's content: a skeleton while it loads, what failed with a way to try again, or an empty place with what to do.
Component({
  properties: {
    t: { type: Object, value: {} },
    // loading | error | empty | guest; anything else shows nothing.
    state: { type: String, value: 'loading' },
    failure: { type: String, value: '' },
    title: { type: String, value: '' },
    hint: { type: String, value: '' },
    // Where to come back to once somebody has joined; the home page when it says nothing.
    next: { type: String, value: '' },
    // What the button of an empty place says; without it there is none.
    action: { type: String, value: '' },
  },
  data: { rows: [1, 2, 3, 4] },
  methods: {
    retry() {
      this.triggerEvent('retry')
    },
    act() {
      this.triggerEvent('act')
    },
    join() {
      wx.navigateTo({ url: `/pages/join/index?next=${encodeURIComponent(this.data.next)}` })
    },
  },
})
