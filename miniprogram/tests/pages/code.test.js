// The member code: drawn here, by the server's time, without a network, in full light.
const stage = require('../stage')
const worlds = require('../worlds')

const CODE = 'GET /api/mini/v1/me/member-code'
// A step of docs/domain/member-code.md: 59709600 × 30 s.
const STEP_MS = 59709600 * 30 * 1000
const DIGITS = '2812 3456 7896 1767 7755'

let page
beforeEach(() => {
  jest.useFakeTimers({ now: STEP_MS })
  newWeChat({ [CODE]: { data: worlds.code({ server_time: new Date(STEP_MS).toISOString() }) } })
  stage.signedIn()
})
afterEach(() => {
  page.instance.onHide()
  jest.useRealTimers()
})

const open = async () => {
  page = await stage.page('pages/code/index')
  return page
}

test('the digits of the vector, a QR and a bar code, and a countdown to the next', async () => {
  await open()
  expect(page.data.grouped).toBe(DIGITS)
  expect(page.data.left).toBe('30 秒后更新')
  for (const picture of [page.data.qr, page.data.bar]) expect(picture).toMatch(/^data:image\/png;base64,/)
  const before = page.data.qr
  await jest.advanceTimersByTimeAsync(29000)
  expect([page.data.grouped, page.data.left]).toEqual([DIGITS, '1 秒后更新'])
  await jest.advanceTimersByTimeAsync(1500)
  expect(page.data.grouped).not.toBe(DIGITS)
  expect(page.data.qr).not.toBe(before)
  expect(wx.requests).toHaveLength(1)
})

test.each([5 * 60 * 1000, -5 * 60 * 1000])('a phone whose clock is off by %d ms draws by the server all the same', async (off) => {
  jest.setSystemTime(STEP_MS + off)
  await open()
  expect(page.data.grouped).toBe(DIGITS)
})

test('without a network the kept secret draws, with the kept difference, and says so', async () => {
  await open()
  page.instance.onHide()
  wx.answers[CODE] = 'offline'
  jest.setSystemTime(STEP_MS + 60000)
  page = await stage.page('pages/code/index')
  const shown = page.data.grouped
  expect(shown).toMatch(/^2812 3456 789/)
  await jest.advanceTimersByTimeAsync(5000)
  expect(page.data.isOffline).toBe(true)
  expect(stage.textOf(page)).toContain('离线')
  wx.answers[CODE] = { data: worlds.code({ server_time: new Date(Date.now()).toISOString() }) }
  await page.instance.renew()
  expect(page.data.isOffline).toBe(false)
})

test('without a network and without a secret there is a failure and a way to try again', async () => {
  wx.answers[CODE] = 'offline'
  await open()
  await jest.advanceTimersByTimeAsync(5000)
  expect(stage.textOf(page)).toContain('网络不可用')
})

test('the light goes up, and back to what it was, however often the page comes and goes', async () => {
  await open()
  page.instance.onShow()
  await stage.settle()
  page.instance.onHide()
  page.instance.onUnload()
  expect(wx.of('setScreenBrightness').map((one) => one.value)).toEqual([1, 1, 0.4])
  expect(wx.of('setKeepScreenOn').map((one) => one.keepScreenOn).at(-1)).toBe(false)
})

test('the secret is nothing a template could show', async () => {
  await open()
  expect(JSON.stringify(page.data)).not.toContain(worlds.code().secret)
})

test('a format this version cannot draw is said, and nothing wrong is shown', async () => {
  wx.answers[CODE] = { data: worlds.code({ format: { ...worlds.code().format, name: 'huitou-member-code-2' } }) }
  await open()
  expect(stage.textOf(page)).toContain('请将小程序更新到最新版本')
  expect(wx.storage.has('member_code')).toBe(false)
})
