// What stays on this phone between starts. A full or broken storage is no reason to fail: it is only a memory.

/**
 * @param {string} name
 * @returns {any} undefined when nothing is kept
 */
function read(name) {
  try {
    const kept = wx.getStorageSync(name)
    return kept === '' ? undefined : kept
  } catch (error) {
    return undefined
  }
}

/**
 * @param {string} name
 * @param {any} value
 */
function write(name, value) {
  try {
    wx.setStorageSync(name, value)
  } catch (error) {
    console.warn('storage', name, error)
  }
}

/** @param {string} name */
function forget(name) {
  try {
    wx.removeStorageSync(name)
  } catch (error) {
    console.warn('storage', name, error)
  }
}

module.exports = { forget, read, write }
