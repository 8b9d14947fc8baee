// The first screen: one call, two with a sign-in; checking in, claiming, and asking for reminders in the tap.
const stage = require('../stage')
const worlds = require('../worlds')

const HOME = 'GET /api/mini/v1/home'
const CHECK_IN = 'POST /api/mini/v1/check-ins'
const OFFERS = 'GET /api/mini/v1/subscription-offers'
const paths = () => wx.requests.map((one) => `${one.method} ${one.path}`)

beforeEach(() => {
  newWeChat({ [HOME]: { data: worlds.home() }, [OFFERS]: { data: { scene: 'x', data: [worlds.subscription()] } } })
  stage.signedIn()
})

test('a member sees tier, points, progress, check-in and offers after one call', async () => {
  const text = stage.textOf(await stage.page('pages/home/index'))
  expect(paths()).toEqual([HOME])
  const words = ['您好，小林', '银卡', '1,280', '再得 300 成长值升级为金卡', '已连续签到 3 天', '签到 +5', '满50元减10元']
  for (const word of words) expect(text).toContain(word)
})

test('whoever is not signed in needs a second call, and no more', async () => {
  wx.removeStorageSync('member_session')
  wx.answers['POST /api/mini/v1/sessions'] = { status: 201, data: { token: 't', expires_at: '2999-01-01T00:00:00.000+00:00' } }
  await stage.page('pages/home/index')
  expect(paths()).toEqual(['POST /api/mini/v1/sessions', HOME])
  expect(wx.requests[0].body).toEqual({ login_code: 'code-1', membership_consent: null })
})

test('a tap checks in once, and then the reminder that fits can be asked for in the tap itself', async () => {
  wx.answers[CHECK_IN] = { data: { points: 5, streak: 4 } }
  const page = await stage.page('pages/home/index')
  wx.answers[HOME] = { data: worlds.home({ check_in: { ...worlds.home().check_in, checked_in_today: true, streak: 4, points: null } }) }
  page.querySelector('.check-in').dispatchEvent('tap')
  page.querySelector('.check-in').dispatchEvent('tap')
  await stage.settle(200)
  expect(paths().filter((one) => one === CHECK_IN)).toHaveLength(1)
  expect(wx.requests[1].header['Idempotency-Key']).toMatch(/^[a-z0-9-]{10,64}$/)
  expect(wx.of('showToast')[0].title).toBe('签到成功，+5 积分')
  expect(stage.textOf(page)).toContain('今日已签到')
  expect(wx.requests.at(-1).path).toBe('/api/mini/v1/subscription-offers?scene=after_check_in')

  expect(wx.of('requestSubscribeMessage')).toEqual([])
  expect(stage.textOf(page)).toContain('优惠券到期提醒')
})

test('a claim that was refused says why, and nothing else changes', async () => {
  const batch = worlds.offer().id
  wx.answers[`POST /api/mini/v1/coupon-batches/${batch}/claims`] = worlds.refusal(409, 'batch_exhausted', '券已领完。')
  const page = await stage.page('pages/home/index')
  await page.instance.claim({ detail: { id: batch } })
  expect(wx.of('showModal')[0]).toMatchObject({ title: '操作未完成', content: '券已领完。', showCancel: false })
  expect(page.data.busy).toBe('')
  expect(paths()).toHaveLength(2)
})

test('a refresh without a network keeps what there was and says so', async () => {
  const page = await stage.page('pages/home/index')
  jest.useFakeTimers()
  wx.answers[HOME] = 'offline'
  const done = page.instance.onPullDownRefresh()
  await jest.advanceTimersByTimeAsync(5000)
  await done
  jest.useRealTimers()
  expect(stage.textOf(page)).toContain('1,280')
  expect(wx.of('showModal')[0].content).toContain('网络不可用')
  expect(wx.of('stopPullDownRefresh')).toHaveLength(1)
})
