// What a component finds of WeChat in a test: a storage, a request that answers what the test put there, and a record of calls.
global.App = (/** @type {any} */ options) => {
  global.application = options
}

/** A fresh WeChat; `answers` maps "METHOD /path" to {status, data} or a function of the request. */
global.newWeChat = function newWeChat(answers = {}) {
  const storage = new Map()
  const calls = []
  const done = (name, result) => (options = {}) => {
    calls.push([name, options])
    if (options.success) options.success(result)
    if (options.complete) options.complete(result)
    return Promise.resolve(result)
  }
  const noted = (name) => done(name, {})
  const found = {
    calls,
    storage,
    answers: { ...answers },
    requests: [],
    of: (name) => calls.filter(([one]) => one === name).map(([, options]) => options),
    getStorageSync: (name) => (storage.has(name) ? JSON.parse(storage.get(name)) : ''),
    setStorageSync: (name, value) => storage.set(name, JSON.stringify(value)),
    removeStorageSync: (name) => storage.delete(name),
    getAppBaseInfo: () => ({ language: 'zh_CN', fontSizeSetting: 16 }),
    getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }),
    getExtConfigSync: () => ({}),
    login: done('login', { code: 'code-1' }),
    request(options) {
      const path = options.url.replace(/^https?:\/\/[^/]+/, '')
      const bare = path.split('?')[0]
      found.requests.push({ ...options, path, body: options.data ? JSON.parse(options.data) : undefined })
      const answer = found.answers[`${options.method} ${bare}`]
      const made = typeof answer === 'function' ? answer({ ...options, path }) : answer
      Promise.resolve().then(() => {
        if (made === undefined || made === 'offline') options.fail({ errMsg: 'request:fail' })
        else options.success({ statusCode: made.status || 200, data: made.data, header: {} })
      })
    },
    showModal: done('showModal', { confirm: true, cancel: false }),
    showToast: noted('showToast'),
    setNavigationBarTitle: noted('setNavigationBarTitle'),
    setTabBarItem: noted('setTabBarItem'),
    stopPullDownRefresh: noted('stopPullDownRefresh'),
    navigateTo: noted('navigateTo'),
    redirectTo: noted('redirectTo'),
    reLaunch: noted('reLaunch'),
    navigateBack: noted('navigateBack'),
    switchTab: noted('switchTab'),
    vibrateShort: noted('vibrateShort'),
    getScreenBrightness: done('getScreenBrightness', { value: 0.4 }),
    setScreenBrightness: noted('setScreenBrightness'),
    setKeepScreenOn: noted('setKeepScreenOn'),
    requestSubscribeMessage: done('requestSubscribeMessage', {}),
    onNeedPrivacyAuthorization: (listener) => {
      found.privacyListener = listener
    },
    getPrivacySetting: done('getPrivacySetting', { needAuthorization: true, privacyContractName: '《隐私保护指引》' }),
    openPrivacyContract: noted('openPrivacyContract'),
    hideShareMenu: noted('hideShareMenu'),
    shareFileMessage: noted('shareFileMessage'),
    showActionSheet: done('showActionSheet', { tapIndex: 0 }),
    env: { USER_DATA_PATH: 'wxfile://usr' },
    getFileSystemManager: () => ({ writeFileSync: (...said) => calls.push(['writeFileSync', said]) }),
    setClipboardData: noted('setClipboardData'),
    scanCode: done('scanCode', { result: '28123456789617677755' }),
  }
  global.wx = found
  return found
}

global.newWeChat()
