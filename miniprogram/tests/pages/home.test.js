// The first screen in every state.
const stage = require('../stage')
const worlds = require('../worlds')

const HOME = 'GET /api/mini/v1/home'
let wechat

beforeEach(() => {
  wechat = newWeChat({ [HOME]: { data: worlds.home() } })
  stage.signedIn()
})

test('a member sees tier, points, progress, check-in and offers after one call', async () => {
  const page = await stage.page('pages/home/index')
  const text = stage.textOf(page)
  expect(wechat.requests.map((one) => `${one.method} ${one.path}`)).toEqual([HOME])
  for (const word of ['您好，小林', '银卡', '1,280', '再得 300 成长值升级为金卡', '已连续签到 3 天', '签到 +5', '满50元减10元'])
    expect(text).toContain(word)
})
