// Requests, keys and sign-in: a repeat never moves value twice, and what failed is said in words.
const keys = require('../../lib/keys')
const http = require('../../lib/http')
const api = require('../../lib/api')
const session = require('../../lib/session')
const subscriptions = require('../../lib/subscriptions')
const messages = require('../../lib/messages')
const settings = require('../../lib/settings')
const { refusal } = require('../worlds')

const CLAIM = { method: 'POST', path: '/api/x', body: { a: 1 }, intent: 'claim:1' }
const key = (at) => wx.requests[at].header['Idempotency-Key']
const SIGNED_IN = { status: 201, data: { token: 'fresh', expires_at: '2999-01-01T00:00:00.000+00:00' } }
const outcome = (promise) => promise.then(() => 'done', (error) => error.code)

async function through(promise) {
  const settled = promise.then((value) => ({ value }), (error) => ({ error }))
  await jest.advanceTimersByTimeAsync(20000)
  const { value, error } = await settled
  if (error) throw error
  return value
}

beforeEach(() => {
  jest.useFakeTimers()
  newWeChat()
})
afterEach(() => jest.useRealTimers())

test('the address, the language and the token are said; queries leave out what is not asked', async () => {
  wx.answers['GET /api/x'] = { data: { n: 1 } }
  const call = { method: 'GET', path: '/api/x', query: { a: undefined, b: '1 2', c: null }, token: 'T' }
  expect(await http.send(call)).toEqual({ n: 1 })
  expect(wx.requests[0].url).toBe('http://127.0.0.1:8700/api/x?b=1%202')
  expect(wx.requests[0].header).toEqual({ 'Accept-Language': 'zh-CN', Authorization: 'Bearer T' })
})

test('a lost answer is asked for again with the same key, now and by a later tap', async () => {
  wx.answers['POST /api/x'] = 'offline'
  expect(await outcome(through(http.send(CLAIM)))).toBe('no_network')
  expect(wx.requests).toHaveLength(3)
  wx.answers['POST /api/x'] = { data: {} }
  await through(http.send(CLAIM))
  expect(new Set([0, 1, 2, 3].map(key)).size).toBe(1)
  await through(http.send(CLAIM))
  expect(key(4)).not.toBe(key(0))
})

test.each([
  [refusal(422, 'claim_limit_reached', '已达上限。'), 1, true],
  [refusal(409, 'idempotency_in_flight', '处理中。'), 3, false],
  [refusal(503, 'unavailable', '稍后。', { retry_after_seconds: 1 }), 3, false],
  [refusal(503, 'unavailable', '稍后。', { retry_after_seconds: 60 }), 1, false],
  [{ status: 502, data: '<html>' }, 3, false],
])('a refusal ends an intention, doubt does not: %j', async (answer, requests, isSettled) => {
  wx.answers['POST /api/x'] = answer
  await outcome(through(http.send(CLAIM)))
  expect(wx.requests).toHaveLength(requests)
  wx.answers['POST /api/x'] = { data: {} }
  await through(http.send(CLAIM))
  expect(key(requests) !== key(0)).toBe(isSettled)
})

test('a post without a key is not sent twice', async () => {
  wx.answers['POST /api/x'] = 'offline'
  expect(await outcome(through(http.send({ ...CLAIM, intent: undefined })))).toBe('no_network')
  expect(wx.requests).toHaveLength(1)
})

test('a page of some proxy is no message for people', async () => {
  wx.answers['GET /api/x'] = { status: 404, data: '<html>nginx</html>' }
  await expect(http.send({ method: 'GET', path: '/api/x' })).rejects.toMatchObject({ code: 'unreadable', message: '服务暂时不可用，请稍后重试。' })
})

test('an old intention gets a key of its own', () => {
  const first = keys.of('a')
  expect(keys.of('a')).toBe(first)
  jest.setSystemTime(Date.now() + 49 * 3600 * 1000)
  expect(keys.of('a')).not.toBe(first)
})

test('screens that open at once share one sign-in', async () => {
  wx.answers = { 'POST /api/mini/v1/sessions': SIGNED_IN, 'GET /api/mini/v1/me': { data: {} }, 'GET /api/mini/v1/points': { data: {} } }
  await Promise.all([api.get('/api/mini/v1/me'), api.get('/api/mini/v1/points')])
  expect(wx.requests.filter((one) => one.path.endsWith('sessions'))).toHaveLength(1)
  expect(wx.requests[2].header.Authorization).toBe('Bearer fresh')
})

test('a sign-in the server has ended is made again, once', async () => {
  wx.setStorageSync('member_session', { token: 'old', expires_at: '2999-01-01T00:00:00.000+00:00' })
  const ended = refusal(401, 'not_signed_in', '请先登录。')
  wx.answers = {
    'POST /api/mini/v1/sessions': SIGNED_IN,
    'GET /api/mini/v1/me': (asked) => (asked.header.Authorization === 'Bearer fresh' ? { data: { id: 'me' } } : ended),
  }
  expect(await api.get('/api/mini/v1/me')).toEqual({ id: 'me' })
  wx.answers['GET /api/mini/v1/me'] = ended
  expect(await outcome(api.get('/api/mini/v1/me'))).toBe('not_signed_in')
  expect(wx.requests).toHaveLength(3 + 3)
})

test('a key outlives the sign-in it was first sent with', async () => {
  wx.setStorageSync('member_session', { token: 'old', expires_at: '2999-01-01T00:00:00.000+00:00' })
  wx.answers = {
    'POST /api/mini/v1/sessions': SIGNED_IN,
    'POST /api/mini/v1/check-ins': (asked) => (asked.header.Authorization === 'Bearer fresh' ? { data: {} } : refusal(401, 'not_signed_in', '')),
  }
  await api.post('/api/mini/v1/check-ins', { intent: 'check-in:1' })
  expect(key(2)).toBe(key(0))
})

test('a token about to run out is not used', () => {
  wx.setStorageSync('member_session', { token: 'T', expires_at: new Date(Date.now() + 30000).toISOString() })
  expect(session.token()).toBe(null)
})

test('without WeChat’s code nobody signs in', async () => {
  wx.login = (options) => options.fail({ errMsg: 'login:fail' })
  expect(await outcome(api.get('/api/mini/v1/me'))).toBe('wechat_login')
})

test('what was answered about subscriptions is told until the server has heard it', async () => {
  wx.setStorageSync('member_session', { token: 'T', expires_at: '2999-01-01T00:00:00.000+00:00' })
  wx.requestSubscribeMessage = (options) => options.success({ A: 'acceptWithAudio', B: 'nonsense' })
  wx.answers['POST /api/mini/v1/subscription-reports'] = 'offline'
  expect(await through(subscriptions.ask([{ wechat_template_id: 'A' }, { wechat_template_id: 'B' }]))).toEqual({ accepted: 1, switchedOff: false })
  const [first] = wx.requests
  expect(first.body.results).toEqual([{ wechat_template_id: 'A', result: 'accept' }])
  wx.answers['POST /api/mini/v1/subscription-reports'] = { data: { data: [] } }
  await through(subscriptions.flush())
  expect(wx.requests[1].body).toEqual(first.body)
  await through(subscriptions.flush())
  expect(wx.requests).toHaveLength(2)
})

test('never more than three are asked for, and nothing when there is nothing', async () => {
  wx.requestSubscribeMessage = jest.fn((options) => options.success({}))
  await through(subscriptions.ask([]))
  expect(wx.requestSubscribeMessage).not.toHaveBeenCalled()
  await through(subscriptions.ask(['A', 'B', 'C', 'D'].map((id) => ({ wechat_template_id: id }))))
  expect(wx.requestSubscribeMessage.mock.calls[0][0].tmplIds).toEqual(['A', 'B', 'C'])
})

test('coming by a message is told once, by whoever is signed in', async () => {
  wx.answers['POST /api/mini/v1/message-opens'] = { data: { noted: true } }
  await messages.noteOpening({ d: 'code-a' })
  expect(wx.requests).toEqual([])
  wx.setStorageSync('member_session', { token: 'T', expires_at: '2999-01-01T00:00:00.000+00:00' })
  await messages.noteOpening({ d: 'code-a' })
  await messages.noteOpening({ d: 'code-a' })
  await messages.noteOpening({})
  await messages.noteOpening(undefined)
  expect(wx.requests.map((one) => one.body)).toEqual([{ code: 'code-a' }])
})

test('a shop’s own address is heeded', () => {
  wx.getExtConfigSync = () => ({ api_base_url: 'https://member.shop.example/' })
  expect(settings.baseUrl()).toBe('https://member.shop.example')
  wx.getExtConfigSync = () => ({})
  wx.getAccountInfoSync = () => ({ miniProgram: { envVersion: 'release' } })
  expect(settings.baseUrl()).toBe(settings.ADDRESSES.release)
})
