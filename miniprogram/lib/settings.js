// Where the server is. A shop sets its own address in ext.json ("api_base_url") or here, for the version WeChat runs.

/** By wx.getAccountInfoSync().miniProgram.envVersion. */
const ADDRESSES = {
  develop: 'http://127.0.0.1:8700',
  trial: 'https://member.shop.example',
  release: 'https://member.shop.example',
}

/** @returns {string} Without a slash at its end. */
function baseUrl() {
  const told = wx.getExtConfigSync ? wx.getExtConfigSync() : {}
  if (told && told.api_base_url) return String(told.api_base_url).replace(/\/$/, '')
  return ADDRESSES[wx.getAccountInfoSync().miniProgram.envVersion] || ADDRESSES.release
}

module.exports = { ADDRESSES, baseUrl }
