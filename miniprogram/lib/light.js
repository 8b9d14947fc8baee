// The screen's light: full for a scanner, then back to what it was.

// As bright as it goes: scanners read screens by their light.
const FULL = 1

/** What to go back to; null while nothing was changed. @type {number | null} */
let before = null

function raise() {
  wx.setKeepScreenOn({ keepScreenOn: true, fail() {} })
  wx.getScreenBrightness({
    success(found) {
      // Raised twice in a row, the first brightness is the one to go back to.
      if (before === null) before = found.value
      wx.setScreenBrightness({ value: FULL, fail() {} })
    },
    fail() {},
  })
}

function restore() {
  if (before !== null) wx.setScreenBrightness({ value: before, fail() {} })
  before = null
  wx.setKeepScreenOn({ keepScreenOn: false, fail() {} })
}

module.exports = { raise, restore }
