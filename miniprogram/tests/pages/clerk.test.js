// The clerk's subpackage: sign in, scan, quote, settle, undo; nothing is settled twice or offline.
const stage = require('../stage')
const worlds = require('../worlds')

const STORE = '/api/store/v1'
const VISITS = `POST ${STORE}/visits`
const QUOTES = `POST ${STORE}/quotes`
const SETTLE = `POST ${STORE}/checkouts`
const UNDO = `POST ${STORE}/checkouts/${worlds.checkout().id}/reversal`
const paths = () => wx.requests.map((one) => `${one.method} ${one.path}`)
const tapped = (dataset) => ({ currentTarget: { dataset } })

beforeEach(() => {
  newWeChat({
    [VISITS]: { status: 201, data: worlds.visit() },
    [QUOTES]: (asked) => ({ data: worlds.quote({ chosen: JSON.parse(asked.data).coupon_ids ? worlds.choice() : null }) }),
    [SETTLE]: { status: 201, data: worlds.checkout() },
  })
  wx.setStorageSync('staff_session', worlds.staff())
})

test('a clerk signs in for a store, and the password stays nowhere', async () => {
  wx.removeStorageSync('staff_session')
  wx.answers[`POST ${STORE}/sessions`] = { status: 201, data: worlds.staff() }
  const page = await stage.page('clerk/pages/sign-in/index')
  await page.instance.enter()
  expect(wx.of('showToast')[0].title).toContain('请填写')
  for (const [name, value] of Object.entries({ login: 'li', password: 'secret-words', store: 'river' }))
    page.instance.typed({ ...tapped({ name }), detail: { value } })
  page.querySelector('.enter').dispatchEvent('tap')
  await stage.settle()
  expect(wx.requests[0].body).toEqual({ login: 'li', password: 'secret-words', store_code: 'river' })
  expect(wx.of('redirectTo')).toEqual([{ url: '/clerk/pages/counter/index' }])
  expect(page.data.password).toBe('')
  expect([...wx.storage.values()].join()).not.toContain('secret-words')
})

test('scan, see who it is, quote, settle, undo', async () => {
  const page = await stage.page('clerk/pages/counter/index')
  expect(stage.textOf(page)).toContain('小李 · 江边店')
  page.querySelector('.scan').dispatchEvent('tap')
  await stage.settle()
  expect(wx.of('scanCode')[0].scanType).toEqual(['qrCode', 'barCode'])
  for (const word of ['小林 138****8000', '银卡', '积分 1,280', '今天生日', '满50减10']) expect(stage.textOf(page)).toContain(word)

  page.instance.typedBill({ detail: { value: '58' } })
  page.querySelector('.quote').dispatchEvent('tap')
  await stage.settle()
  expect(wx.requests.slice(1).map((one) => one.body.coupon_ids)).toEqual([null, [worlds.coupon().id]])
  for (const word of ['减 ¥10', '−¥10', '−¥2.90', '¥45.10', '用 500 积分抵 ¥5']) expect(stage.textOf(page)).toContain(word)

  // Another amount has to be quoted before it can be settled.
  page.instance.typedBill({ detail: { value: '68' } })
  expect(page.querySelector('.settle')).toBeFalsy()
  page.instance.typedBill({ detail: { value: '58' } })
  await page.instance.quoteBill()

  page.querySelector('.settle').dispatchEvent('tap')
  await stage.settle()
  expect(wx.of('showModal')[0].content).toBe('小林 138****8000：账单 ¥58，应付 ¥45.10，使用 1 张券。')
  expect(wx.requests.at(-1).body).toEqual({ visit_id: worlds.visit().visit_id, bill_fen: 5800, lines: [], coupon_ids: [worlds.coupon().id], points: 0, order_no: null })
  expect(stage.textOf(page)).toContain('核销成功')

  wx.answers[UNDO] = { status: 201, data: worlds.checkout({ reversed_at: '2026-11-20T02:06:00.000+00:00' }) }
  page.querySelector('.undo').dispatchEvent('tap')
  await stage.settle()
  expect(wx.requests.at(-1).body).toEqual({ reason: '扫错人' })
  expect(stage.textOf(page)).toContain('已撤销')
  expect(page.data.done.canUndo).toBe(false)
})

test('an answer that was lost is asked for again with the same key', async () => {
  jest.useFakeTimers()
  const page = await stage.page('clerk/pages/counter/index')
  const look = page.instance.look('2812 3456 7896 1767 7755')
  await jest.advanceTimersByTimeAsync(10)
  await look
  page.instance.typedBill({ detail: { value: '58' } })
  await page.instance.quoteBill()
  wx.answers[SETTLE] = 'offline'
  const first = page.instance.settle()
  await jest.advanceTimersByTimeAsync(10000)
  await first
  expect(stage.textOf(page)).not.toContain('核销成功')
  wx.answers[SETTLE] = { status: 201, data: worlds.checkout() }
  const second = page.instance.settle()
  await jest.advanceTimersByTimeAsync(10)
  await second
  jest.useRealTimers()
  const keys = wx.requests.filter((one) => one.path === `${STORE}/checkouts`).map((one) => one.header['Idempotency-Key'])
  expect(keys).toHaveLength(4)
  expect(new Set(keys).size).toBe(1)
  expect(stage.textOf(page)).toContain('核销成功')
})

test('the same code twice within three seconds is one scan; what is no code is said', async () => {
  const page = await stage.page('clerk/pages/counter/index')
  await page.instance.look('28123456789617677755')
  await page.instance.look('28123456789617677755')
  page.instance.look('https://x.example')
  expect(wx.requests).toHaveLength(1)
  expect(wx.of('showToast')[0].title).toContain('不是会员码')
})

test('a refused scan says why and leaves the scanner open', async () => {
  wx.answers[VISITS] = worlds.refusal(422, 'member_code_expired', '会员码已失效，请顾客刷新后再扫。')
  const page = await stage.page('clerk/pages/counter/index')
  await page.instance.look('28123456789617677755')
  expect(wx.of('showModal')[0].content).toContain('请顾客刷新')
  expect(page.data.step).toBe('scan')
})

test('a coupon that does not apply says why; taking one off and paying with points quotes anew', async () => {
  const page = await stage.page('clerk/pages/counter/index')
  await page.instance.look('28123456789617677755')
  page.instance.typedBill({ detail: { value: '12.345' } })
  page.instance.quoteBill()
  expect(wx.of('showToast')[0].title).toContain('金额有误')
  page.instance.typedBill({ detail: { value: '58.5' } })
  await page.instance.quoteBill()
  await page.instance.toggle(tapped({ id: worlds.coupon().id }))
  expect(wx.requests.at(-1).body.coupon_ids).toEqual([])
  await page.instance.togglePoints()
  expect(wx.requests.at(-1).body.points).toBe(500)
  expect(wx.requests.at(-1).body.bill_fen).toBe(5850)
  wx.answers[QUOTES] = { data: worlds.quote({ coupons: [{ coupon: worlds.coupon(), applies: false, refusal: { code: 'x', message: '未满 50 元。' }, saves_fen: 0 }] }) }
  await page.instance.quoteBill()
  expect(stage.textOf(page)).toContain('未满 50 元。')
  page.instance.next()
  expect([page.data.step, page.data.visit, page.data.bill]).toEqual(['scan', null, ''])
})

test('without a sign-in, or when it has ended, the clerk signs in again', async () => {
  wx.answers[VISITS] = worlds.refusal(401, 'not_signed_in', '请先登录。')
  const page = await stage.page('clerk/pages/counter/index')
  await page.instance.look('28123456789617677755')
  expect(wx.of('redirectTo')).toEqual([expect.objectContaining({ url: '/clerk/pages/sign-in/index' })])
  expect(wx.storage.has('staff_session')).toBe(false)
})

test('closing the camera is no failure, a broken one is', async () => {
  const page = await stage.page('clerk/pages/counter/index')
  wx.scanCode = (options) => options.fail({ errMsg: 'scanCode:fail cancel' })
  page.instance.scan()
  expect(wx.of('showToast')).toEqual([])
  wx.scanCode = (options) => options.fail({ errMsg: 'scanCode:fail' })
  page.instance.scan()
  expect(wx.of('showToast')).toHaveLength(1)
})

test.each([
  [{ data: worlds.list([worlds.checkout(), worlds.checkout({ id: 'late', undo_until: '2020-01-01T00:00:00.000+00:00' })]) }, '¥45.10'],
  [{ data: worlds.list([]) }, '今天还没有核销'],
  [worlds.refusal(422, 'x', '请稍后。'), '请稍后。'],
])('the day’s list in its states', async (answer, words) => {
  wx.answers[`GET ${STORE}/checkouts`] = answer
  const page = await stage.page('clerk/pages/today/index')
  expect(stage.textOf(page)).toContain(words)
  if (page.data.items.length) expect(page.data.items.map((one) => one.canUndo)).toEqual([true, false])
})

test('a bill of the list is undone after a reason and a question', async () => {
  wx.answers[`GET ${STORE}/checkouts`] = { data: worlds.list([worlds.checkout()]) }
  wx.answers[UNDO] = { status: 201, data: worlds.checkout({ reversed_at: '2026-11-20T02:06:00.000+00:00' }) }
  const page = await stage.page('clerk/pages/today/index')
  wx.showActionSheet = (options) => options.fail({ errMsg: 'cancel' })
  await page.instance.undo(tapped({ id: worlds.checkout().id }))
  expect(paths()).toEqual([`GET ${STORE}/checkouts`])
  wx.showActionSheet = (options) => options.success({ tapIndex: 2 })
  await page.instance.undo(tapped({ id: worlds.checkout().id }))
  expect(wx.requests[1].body).toEqual({ reason: '顾客取消' })
  expect(paths().at(-1)).toBe(`GET ${STORE}/checkouts`)
})
