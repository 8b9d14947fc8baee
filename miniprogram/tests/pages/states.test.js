// Every page that loads something: a skeleton first, then what there is, or an empty place with what to do, or a failure with a
// way to try again, or the way to join.
const stage = require('../stage')
const worlds = require('../worlds')

const MINI = 'GET /api/mini/v1'
const { list } = worlds

// place, query, what the server answers, words of a full page, what it answers when there is nothing, words of an empty place.
const PAGES = [
  ['pages/home/index', {}, { [`${MINI}/home`]: worlds.home() }, ['1,280', '银卡'], { [`${MINI}/home`]: worlds.home({ offers: [] }) }, '暂时没有可领取的券'],
  ['pages/coupons/index', {}, { [`${MINI}/coupons`]: { ...list([worlds.coupon()]), counts: { active: 1, redeemed: 0, expired: 0 } } }, ['未使用 1', '满50减10'], { [`${MINI}/coupons`]: { ...list([]), counts: {} } }, '去领券'],
  ['pages/coupon/index', { id: 'c1' }, { [`${MINI}/coupons/c1`]: worlds.couponDetail() }, ['消费满 50 元可用', '送给朋友', '出示会员码使用']],
  ['pages/gifts/index', {}, { [`${MINI}/coupon-transfers`]: list([worlds.transfer()]) }, ['送出 · 满50减10', '等待领取', '撤回'], { [`${MINI}/coupon-transfers`]: list([]) }, '查看券包'],
  ['pages/centre/index', {}, { [`${MINI}/coupon-batches`]: list([worlds.offer()]) }, ['剩余 88 张', '每人限领 1 张', '领取'], { [`${MINI}/coupon-batches`]: list([]) }, '去积分兑换'],
  ['pages/check-in/index', {}, { [`${MINI}/check-ins`]: worlds.calendar() }, ['已连续签到 2 天', '2026-11', '✓', '↺', '+5', '每次 10 积分']],
  ['pages/points/index', {}, { [`${MINI}/points`]: worlds.summary(), [`${MINI}/points/entries`]: list([worlds.entry()]) }, ['1,280', '待生效 30', '80 积分 2026-12-31 到期', '每日签到', '+5', '余额 1,280', '有效至 2027-1'], { [`${MINI}/points`]: worlds.summary(), [`${MINI}/points/entries`]: list([]) }, '去签到'],
  ['pages/rules/index', {}, { [`${MINI}/points/mechanism`]: worlds.mechanism() }, ['每满1元得1积分', '每天签到得 5 积分', '退款收回']],
  ['pages/exchange/index', {}, { [`${MINI}/points`]: worlds.summary(), [`${MINI}/exchange`]: list([worlds.offer({ points_price: 1000 })]) }, ['可用积分 1,280', '1,000 积分', '兑换'], { [`${MINI}/points`]: worlds.summary(), [`${MINI}/exchange`]: list([]) }, '去领券'],
  ['pages/badges/index', {}, { [`${MINI}/tiers`]: worlds.ladder(), [`${MINI}/badges`]: { tiers: [], achievements: [worlds.achievement()] } }, ['银卡', '当前', '享 9.5 折', '连续七天', '3 / 7'], { [`${MINI}/tiers`]: worlds.ladder(), [`${MINI}/badges`]: { tiers: [], achievements: [] } }, '还没有徽章'],
  ['pages/messages/index', {}, { [`${MINI}/message-templates`]: { data: [worlds.subscription()] }, [`${MINI}/message-preferences`]: worlds.preferences() }, ['优惠券到期提醒', '还可接收 0 条', '服务通知', '必要的服务通知', '短信']],
  ['pages/profile/index', {}, { [`${MINI}/me`]: worlds.member() }, ['138****8000', '只能设置一次', '隐私与数据', '店员入口']],
  ['pages/privacy/index', {}, { [`${MINI}/me/consents`]: { data: [worlds.consent()] }, [`${MINI}/me/erasure`]: { request: null } }, ['营销消息说明', '未同意', '导出我的数据', '注销会员']],
  ['pages/code/index', {}, { [`${MINI}/me/member-code`]: worlds.code() }, ['秒后更新', '请出示给店员扫描']],
]

const answers = (bodies) => Object.fromEntries(Object.entries(bodies).map(([path, data]) => [path, { data }]))
const all = (bodies, answer) => Object.fromEntries(Object.keys(bodies).map((path) => [path, answer]))

let open = []
async function show(place, query, wechat) {
  newWeChat(wechat)
  stage.signedIn()
  const page = await stage.page(place, query)
  open.push(page)
  return page
}
afterEach(() => {
  // Timers of the code page end with it.
  open.forEach((page) => page.instance.onHide && page.instance.onHide())
  open = []
})

test.each(PAGES)('%s shows what there is', async (place, query, bodies, words) => {
  const page = await show(place, query, answers(bodies))
  const text = stage.textOf(page)
  for (const word of words) expect(text).toContain(word)
  // A screen opens with two calls at most.
  expect(wx.requests.length).toBeLessThanOrEqual(2)
  expect(wx.requests.every((one) => one.header.Authorization === 'Bearer token-1')).toBe(true)
})

test.each(PAGES.filter((one) => one[4]))('%s says what to do where nothing is', async (place, query, _bodies, _words, none, word) => {
  expect(stage.textOf(await show(place, query, answers(none)))).toContain(word)
})

test.each(PAGES)('%s shows a skeleton while it waits', async (place, query) => {
  newWeChat({})
  stage.signedIn()
  wx.request = () => {}
  const page = await stage.page(place, query)
  open.push(page)
  expect(page.dom.innerHTML).toContain('bone')
})

test.each(PAGES)('%s says what failed, and tries again', async (place, query, bodies, words) => {
  const page = await show(place, query, all(bodies, worlds.refusal(422, 'rule_broken', '请先做别的。')))
  expect(stage.textOf(page)).toContain('请先做别的。')
  expect(stage.textOf(page)).toContain('重试')
  wx.answers = answers(bodies)
  await (page.instance.load || page.instance.renew).call(page.instance)
  await stage.settle()
  expect(stage.textOf(page)).toContain(words[0])
})

test.each(PAGES)('%s shows somebody who has not joined the way', async (place, query) => {
  const refused = worlds.refusal(422, 'consent_missing', '请先阅读并同意会员协议。', { document_version: '2026-11' })
  newWeChat({ 'POST /api/mini/v1/sessions': refused })
  const page = await stage.page(place, query)
  open.push(page)
  expect(stage.textOf(page)).toContain('您还不是会员')
  expect(wx.requests.map((one) => one.path)).toEqual(['/api/mini/v1/sessions'])
})

test.each(PAGES)('%s reads English, and in large letters', async (place, query, bodies) => {
  newWeChat(answers(bodies))
  stage.signedIn()
  wx.getAppBaseInfo = () => ({ language: 'en', fontSizeSetting: 23 })
  const page = await stage.page(place, query)
  open.push(page)
  expect(page.dom.innerHTML).toContain('font-large')
  const own = stage.textOf(page).replace(/小林|银卡|金卡|满50.*?内有效|满50减10|十一月|消费满 50 元可用|全部门店可用|优惠券到期提醒|成长值长期累计，达到门槛即升级。|当前等级长期有效。|享 9.5 折|满50元减10元 · 2026年12月20日前有效\(含当日\)|简体中文|《隐私保护指引》/g, '')
  expect(own.match(/[\u4e00-\u9fff]+/g)).toBe(null)
  expect(wx.requests.every((one) => one.header['Accept-Language'] === 'en')).toBe(true)
})
