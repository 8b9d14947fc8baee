// What a customer does on the other screens.
const stage = require('../stage')
const worlds = require('../worlds')

const MINI = '/api/mini/v1'
const paths = () => wx.requests.map((one) => `${one.method} ${one.path}`)
const tapped = (dataset) => ({ currentTarget: { dataset } })

beforeEach(() => {
  newWeChat()
  stage.signedIn()
})

describe('joining', () => {
  const SIGN_IN = `POST ${MINI}/sessions`
  const answer = { status: 201, data: { token: 't', expires_at: '2999-01-01T00:00:00.000+00:00' } }

  test('nothing is ticked beforehand, and without the tick nobody joins', async () => {
    const page = await stage.page('pages/join/index')
    expect([page.data.accepted, page.data.marketing]).toEqual([false, false])
    page.querySelector('.submit').dispatchEvent('tap')
    await stage.settle()
    expect(wx.requests).toEqual([])
    expect(wx.of('showToast')[0].title).toContain('请先阅读')
  })

  test('joins with the version that was shown; marketing is a consent of its own', async () => {
    wx.answers = { [SIGN_IN]: answer, [`PUT ${MINI}/me/consents/marketing`]: { data: worlds.consent({ granted: true }) } }
    const page = await stage.page('pages/join/index')
    page.querySelector('.accept').dispatchEvent('tap')
    page.querySelector('.marketing').dispatchEvent('tap')
    page.querySelector('.submit').dispatchEvent('tap')
    await stage.settle()
    expect(wx.requests[0].body.membership_consent).toEqual({ document_version: '2026-11' })
    expect(wx.requests[1].body).toEqual({ granted: true, document_version: '2026-11' })
    expect(wx.of('reLaunch')).toEqual([{ url: '/pages/home/index' }])
  })

  test('whoever came by a gift is back at the gift after joining', async () => {
    wx.removeStorageSync('member_session')
    wx.answers = { [SIGN_IN]: worlds.refusal(422, 'consent_missing', '请先阅读。', { document_version: '2026-11' }) }
    const gift = await stage.page('pages/gift/index', { token: 'tok%2Fen' })
    await gift.instance.accept()
    expect(stage.textOf(gift)).toContain('您还不是会员')
    const block = stage.component('components/status-block/index', { state: 'guest', next: gift.data.next, t: require('../../lib/texts/zh') })
    block.querySelector('.join').dispatchEvent('tap')
    await stage.settle()
    const { url } = wx.of('navigateTo')[0]
    wx.answers = { [SIGN_IN]: answer }
    const join = await stage.page('pages/join/index', { next: url.split('next=')[1] })
    join.instance.toggle()
    await join.instance.join()
    expect(wx.of('reLaunch')).toEqual([{ url: '/pages/gift/index?token=tok%2Fen' }])
  })

  test('a document this phone does not show cannot be accepted on it', async () => {
    wx.answers = { [SIGN_IN]: worlds.refusal(422, 'consent_missing', '请先阅读。', { document_version: '2027-01' }) }
    const page = await stage.page('pages/join/index')
    page.instance.toggle()
    await page.instance.join()
    expect(wx.of('showModal')[0].content).toContain('会员协议已更新')
    expect(wx.of('reLaunch')).toEqual([])
  })

  test.each(['membership', 'marketing'])('the %s document can be read', async (document) => {
    const page = await stage.page('pages/agreement/index', { document })
    expect(stage.textOf(page)).toContain('2026-11')
    expect(page.data.document.paragraphs.length).toBeGreaterThan(2)
  })
})

describe('coupons', () => {
  const page1 = { ...worlds.list([worlds.coupon()], { has_more: true, next_cursor: 'c2' }), counts: { active: 2, redeemed: 1, expired: 0 } }
  const page2 = { ...worlds.list([worlds.coupon({ id: 'second', name: '第二张' })]), counts: page1.counts }

  test('the next rows come at the bottom, by the cursor, once', async () => {
    wx.answers[`GET ${MINI}/coupons`] = (asked) => ({ data: asked.path.includes('cursor=c2') ? page2 : page1 })
    const page = await stage.page('pages/coupons/index')
    page.instance.onReachBottom()
    await page.instance.onReachBottom()
    await stage.settle()
    await page.instance.onReachBottom()
    expect(paths()).toEqual([`GET ${MINI}/coupons?status=active`, `GET ${MINI}/coupons?status=active&cursor=c2`])
    expect(page.data.items.map((one) => one.name)).toEqual(['满50减10', '第二张'])
    expect(stage.textOf(page)).toContain('没有更多了')
  })

  test('the answer of a tab that was left comes too late to be shown', async () => {
    let slow
    wx.answers[`GET ${MINI}/coupons`] = { data: page1 }
    const page = await stage.page('pages/coupons/index')
    const request = wx.request
    wx.request = (options) => (options.url.includes('redeemed') ? (slow = () => request(options)) : request(options))
    page.instance.choose(tapped({ tab: 'redeemed' }))
    await stage.settle()
    wx.answers[`GET ${MINI}/coupons`] = { data: { ...worlds.list([worlds.coupon({ name: '过期的', status: 'expired' })]), counts: {} } }
    page.instance.choose(tapped({ tab: 'expired' }))
    await stage.settle()
    wx.answers[`GET ${MINI}/coupons`] = { data: page1 }
    slow()
    await stage.settle()
    expect(page.data.items.map((one) => one.name)).toEqual(['过期的'])
    expect(page.data.state).toBe('ready')
  })

  test('a page that did not come is asked for again by a tap', async () => {
    wx.answers[`GET ${MINI}/coupons`] = (asked) => (asked.path.includes('cursor') ? worlds.refusal(422, 'invalid_input', '请刷新。') : { data: page1 })
    const page = await stage.page('pages/coupons/index')
    await page.instance.onReachBottom()
    expect(page.data.more).toBe('failed')
    wx.answers[`GET ${MINI}/coupons`] = { data: page2 }
    await page.instance.onReachBottom()
    expect(page.data.items).toHaveLength(2)
  })

  test.each([
    [{ expires_at: new Date(Date.now() + 5 * 86400000).toISOString() }, /[456] 天后到期/],
    [{ status: 'redeemed', redeemed_at: '2026-11-20T02:00:00.000+00:00', redeemed_store: '江边店' }, /使用于江边店/],
    [{ usable_from: '2998-01-01T00:00:00.000+00:00' }, /起可用/],
    [{ uses: 5, uses_left: 3 }, /还可用 3 次/],
    [{ status: 'given' }, /已转赠/],
  ])('a card says what matters: %j', (changes, words) => {
    const card = stage.component('components/coupon-card/index', { coupon: worlds.coupon(changes), t: require('../../lib/texts/zh') })
    expect(stage.textOf(card)).toMatch(words)
  })
})

describe('gifts', () => {
  const DETAIL = `GET ${MINI}/coupons/c1`
  const GIVE = `POST ${MINI}/coupons/c1/transfers`
  const made = { ...worlds.transfer(), token: 'tok/en' }

  test('a gift is asked for, made ready, and sent by a button; the token is in the link alone', async () => {
    wx.answers = { [DETAIL]: { data: worlds.couponDetail() }, [GIVE]: { status: 201, data: made } }
    const page = await stage.page('pages/coupon/index', { id: 'c1' })
    expect(page.instance.onShareAppMessage().path).toBe('/pages/home/index')
    page.querySelector('.give').dispatchEvent('tap')
    await stage.settle()
    expect(wx.of('showModal')[0].content).toContain('不能使用')
    expect(page.instance.onShareAppMessage()).toEqual({ title: '送你一张「满50减10」', path: '/pages/gift/index?token=tok%2Fen' })
    expect(stage.textOf(page)).toContain('发给朋友')
    expect(wx.of('hideShareMenu')).toHaveLength(1)
    // Come back later: the token is still known here.
    const again = await stage.page('pages/coupon/index', { id: 'c1' })
    expect(again.data.gift.token).toBe('tok/en')
  })

  test('no is no', async () => {
    wx.answers = { [DETAIL]: { data: worlds.couponDetail() } }
    wx.showModal = (options) => options.success({ confirm: false })
    const page = await stage.page('pages/coupon/index', { id: 'c1' })
    await page.instance.give()
    expect(wx.requests).toHaveLength(1)
  })

  test('a friend accepts by the link, once', async () => {
    wx.answers = { [`POST ${MINI}/coupon-transfers/acceptances`]: { status: 201, data: worlds.coupon() } }
    const page = await stage.page('pages/gift/index', { token: 'tok%2Fen' })
    page.querySelector('.accept').dispatchEvent('tap')
    await stage.settle()
    expect(wx.requests[0].body).toEqual({ token: 'tok/en' })
    expect(wx.requests[0].header['Idempotency-Key']).toBeTruthy()
    expect(stage.textOf(page)).toContain('满50减10')
  })

  test('half a link is said to be one', async () => {
    expect(stage.textOf(await stage.page('pages/gift/index'))).toContain('链接不完整')
  })

  test('a gift nobody accepted is taken back', async () => {
    wx.answers = {
      [`GET ${MINI}/coupon-transfers`]: { data: worlds.list([worlds.transfer()]) },
      [`POST ${MINI}/coupon-transfers/${made.id}/revocation`]: { data: worlds.transfer({ state: 'revoked' }) },
    }
    const page = await stage.page('pages/gifts/index')
    page.querySelector('.revoke').dispatchEvent('tap')
    await stage.settle()
    expect(wx.of('showToast')[0].title).toContain('已撤回')
  })
})

describe('the coupon centre', () => {
  const OFFERS = `GET ${MINI}/coupon-batches`
  const { id } = worlds.offer()

  test('a claim is followed by the offer to be reminded, asked for in the tap itself', async () => {
    wx.answers = {
      [OFFERS]: { data: worlds.list([worlds.offer()]) },
      [`POST ${MINI}/coupon-batches/${id}/claims`]: { status: 201, data: worlds.coupon() },
      [`GET ${MINI}/subscription-offers`]: { data: { scene: 'after_claim', data: [worlds.subscription()] } },
    }
    const page = await stage.page('pages/centre/index')
    await page.instance.claim({ detail: { id } })
    expect(stage.textOf(page)).toContain('到期前提醒我')
    expect(paths().slice(1, 3)).toEqual([`POST ${MINI}/coupon-batches/${id}/claims`, OFFERS])
  })

  test.each([
    ['exhausted', '已抢光'],
    ['limit_reached', '已领取'],
    ['tier_too_low', '等级不足'],
  ])('an offer that is %s says so and cannot be tapped', (state, words) => {
    const card = stage.component('components/offer-card/index', { offer: worlds.offer({ state }), t: require('../../lib/texts/zh') })
    expect(stage.textOf(card)).toContain(words)
    expect(card.data.isOpen).toBe(false)
  })

  test('figures from nought to a million read well', () => {
    for (const [n, words] of [[0, '剩余 0 张'], [1000000, '剩余 1,000,000 张']]) {
      const card = stage.component('components/offer-card/index', { offer: worlds.offer({ stock_left: n }), t: {} })
      expect(card.data.stock).toBe(words)
    }
  })

  test('a printed code becomes a coupon; an empty field asks for one', async () => {
    wx.answers = { [OFFERS]: { data: worlds.list([]) }, [`POST ${MINI}/coupon-codes`]: { status: 201, data: worlds.coupon() }, [`GET ${MINI}/subscription-offers`]: { data: { scene: 'x', data: [] } } }
    const page = await stage.page('pages/centre/index')
    page.instance.useCode()
    expect(wx.of('showToast')[0].title).toBe('请先输入券码。')
    page.instance.typed({ detail: { value: ' ABCD-EFGH ' } })
    await page.instance.useCode()
    expect(wx.requests[1].body).toEqual({ code: 'ABCD-EFGH' })
  })
})

describe('reminders', () => {
  test('the tap calls WeChat before anything else, and the answer is told', async () => {
    wx.requestSubscribeMessage = (options) => {
      wx.calls.push(['requestSubscribeMessage', options])
      options.success({ errMsg: 'ok', TPL_EXPIRY: 'accept', TPL_X: 'reject' })
    }
    wx.answers = { [`POST ${MINI}/subscription-reports`]: { data: { data: [] } } }
    const offers = [worlds.subscription(), worlds.subscription({ wechat_template_id: 'TPL_X' })]
    const card = stage.component('components/reminder-card/index', { offers, t: require('../../lib/texts/zh') })
    const answered = jest.fn()
    card.addEventListener('answered', answered)
    card.instance.subscribe()
    // In the very tap: nothing was awaited.
    expect(wx.of('requestSubscribeMessage')).toHaveLength(1)
    expect(wx.of('requestSubscribeMessage')[0].tmplIds).toEqual(['TPL_EXPIRY', 'TPL_X'])
    await stage.settle()
    expect(wx.requests[0].body.results).toEqual([
      { wechat_template_id: 'TPL_EXPIRY', result: 'accept' },
      { wechat_template_id: 'TPL_X', result: 'reject' },
    ])
    expect(wx.of('showToast')[0].title).toBe('已订阅 1 条提醒')
    expect(answered).toHaveBeenCalled()
  })

  test('with WeChat’s main switch off the member learns where it is', async () => {
    wx.requestSubscribeMessage = (options) => options.fail({ errCode: 20004, errMsg: 'off' })
    const card = stage.component('components/reminder-card/index', { offers: [worlds.subscription()], t: require('../../lib/texts/zh') })
    await card.instance.subscribe()
    expect(wx.of('showToast')[0].title).toContain('总开关')
  })
})

describe('the check-in calendar', () => {
  const MONTH = `GET ${MINI}/check-ins`

  test('a missed day is made up for after a question, other days do nothing', async () => {
    wx.answers = { [MONTH]: { data: worlds.calendar() }, [`POST ${MINI}/check-ins/make-ups`]: { data: { streak: 4 } } }
    const page = await stage.page('pages/check-in/index')
    await page.instance.tapDay(tapped({ date: '2026-11-01', kind: 'past' }))
    await page.instance.tapDay(tapped({ date: '2026-11-17', kind: 'missed' }))
    expect(wx.of('showModal')[0].content).toContain('用 10 积分补签 2026-11-17')
    expect(wx.requests[1].body).toEqual({ business_date: '2026-11-17' })
    expect(wx.of('showToast')[0].title).toBe('补签成功，已连续 4 天')
  })

  test('the first stands under its weekday, months turn', async () => {
    wx.answers = { [MONTH]: { data: worlds.calendar() } }
    const page = await stage.page('pages/check-in/index')
    // 1 November 2026 is a Sunday.
    expect([page.data.cells[0].date, page.data.cells.length]).toEqual(['2026-11-01', 30])
    await page.instance.previous()
    expect(wx.requests.at(-1).path).toBe('/api/mini/v1/check-ins?month=2026-10')
    const { places, shifted } = require('../../lib/months')
    expect([shifted('2026-01', -1), shifted('2026-12', 1)]).toEqual(['2025-12', '2027-01'])
    expect(places('2028-02').filter(Boolean)).toHaveLength(29)
    expect(places('2026-12').slice(0, 3)).toEqual(['', '', '2026-12-01'])
  })
})

test('points are exchanged at the price shown; a price that changed is shown anew', async () => {
  const offer = worlds.offer({ points_price: 1000 })
  wx.answers = {
    [`GET ${MINI}/points`]: { data: worlds.summary() },
    [`GET ${MINI}/exchange`]: { data: worlds.list([offer]) },
    [`POST ${MINI}/exchange/${offer.id}`]: worlds.refusal(409, 'price_changed', '该券现在需要 1200 积分。', { points_price: 1200, told: 1000 }),
  }
  const page = await stage.page('pages/exchange/index')
  await page.instance.take({ detail: { id: offer.id } })
  expect(wx.of('showModal')[0].content).toBe('用 1,000 积分兑换「满50减10」？')
  expect(wx.requests[2].body).toEqual({ points_price: 1000 })
  expect(wx.of('showModal')[1].content).toContain('1200')
  expect(wx.requests).toHaveLength(5)
})

describe('messages', () => {
  const PREFERENCES = `${MINI}/message-preferences`
  beforeEach(() => {
    wx.answers = {
      [`GET ${MINI}/message-templates`]: { data: { data: [worlds.subscription()] } },
      [`GET ${PREFERENCES}`]: { data: worlds.preferences() },
      [`PUT ${PREFERENCES}`]: { data: worlds.preferences({ marketing: worlds.consent({ granted: true }) }) },
    }
  })

  test('marketing is given with the document shown, and taken back as easily', async () => {
    const page = await stage.page('pages/messages/index')
    await page.instance.switchMarketing({ detail: { value: true } })
    expect(wx.requests.at(-1).body).toEqual({ switches: [], marketing: { granted: true, document_version: '2026-11' } })
    expect(page.data.marketing).toBe(true)
    wx.answers[`PUT ${PREFERENCES}`] = { data: worlds.preferences() }
    await page.instance.switchMarketing({ detail: { value: false } })
    expect(page.data.marketing).toBe(false)
  })

  test('a document this phone does not show is not agreed to, but can be withdrawn from', async () => {
    wx.answers[`GET ${PREFERENCES}`] = { data: worlds.preferences({ marketing: worlds.consent({ current_version: '2027-01' }) }) }
    const page = await stage.page('pages/messages/index')
    await page.instance.switchMarketing({ detail: { value: true } })
    expect(wx.of('showModal')[0].content).toContain('更新到最新版本')
    expect(wx.requests).toHaveLength(2)
    await page.instance.switchMarketing({ detail: { value: false } })
    expect(wx.requests.at(-1).body.marketing).toEqual({ granted: false, document_version: '2027-01' })
  })

  test('a topic is switched by channel; a refusal is said and the switch goes back', async () => {
    const page = await stage.page('pages/messages/index')
    const event = { ...tapped({ topic: 'coupon', channel: 'sms' }), detail: { value: true } }
    await page.instance.switchTopic(event)
    expect(wx.requests.at(-1).body.switches).toEqual([{ topic: 'coupon', channel: 'sms', is_on: true }])
    wx.answers[`PUT ${PREFERENCES}`] = worlds.refusal(422, 'channel_unknown', '不通过这个渠道。')
    await page.instance.switchTopic(event)
    expect(wx.of('showModal')[0].content).toBe('不通过这个渠道。')
    expect(page.data.topics[1].ways[1].isOn).toBe(false)
  })

  test('a template is subscribed to in the tap', async () => {
    const page = await stage.page('pages/messages/index')
    page.querySelector('.subscribe').dispatchEvent('tap')
    await stage.settle()
    expect(wx.of('requestSubscribeMessage')[0].tmplIds).toEqual(['TPL_EXPIRY'])
  })
})

describe('the profile', () => {
  beforeEach(() => {
    wx.answers = {
      [`GET ${MINI}/me`]: { data: worlds.member() },
      [`PUT ${MINI}/me/profile`]: (asked) => ({ data: worlds.member({ ...JSON.parse(asked.data) }) }),
    }
  })

  test('the birthday is set once, after a question', async () => {
    const page = await stage.page('pages/profile/index')
    expect(stage.textOf(page)).toContain('选择')
    page.instance.turnBirthday({ detail: { column: 0, value: 1 } })
    expect(page.data.days).toHaveLength(29)
    await page.instance.pickBirthday({ detail: { value: [1, 28] } })
    expect(wx.of('showModal')[0].content).toContain('2 月 29 日')
    expect(wx.requests.at(-1).body).toEqual({ birthday: { month: 2, day: 29 } })
    expect(page.data.birthday).toBe('2 月 29 日')
    expect(stage.textOf(page)).not.toContain('只能设置一次')
  })

  test('the phone comes from WeChat’s button; a refusal there is no failure', async () => {
    wx.answers[`POST ${MINI}/me/phone`] = { data: { is_merged: true, member: worlds.member() } }
    const page = await stage.page('pages/profile/index')
    await page.instance.bindPhone({ detail: { errMsg: 'deny' } })
    expect(wx.of('showToast')[0].title).toContain('未获得手机号')
    await page.instance.bindPhone({ detail: { code: 'phone-code' } })
    expect(wx.requests.at(-1).body).toEqual({ phone_code: 'phone-code' })
    expect(wx.of('showToast')[1].title).toContain('合并')
  })

  test('the language changes here, in the tabs, and on the server', async () => {
    const page = await stage.page('pages/profile/index')
    await page.instance.pickLanguage({ detail: { value: 1 } })
    await stage.settle()
    expect(stage.textOf(page)).toContain('Privacy and data')
    expect(wx.of('setTabBarItem').at(-1).text).toBe('Me')
    expect(wx.requests.find((one) => one.method === 'PUT').body).toEqual({ locale: 'en' })
  })

  test('signing out works without a network, too', async () => {
    const page = await stage.page('pages/profile/index')
    wx.setStorageSync('member_code', worlds.code())
    await page.instance.signOut()
    expect([wx.storage.has('member_session'), wx.storage.has('member_code')]).toEqual([false, false])
    expect(wx.of('reLaunch')).toEqual([{ url: '/pages/home/index' }])
  })
})

describe('privacy', () => {
  const ERASURE = `${MINI}/me/erasure`
  const asked = { id: 'e', state: 'waiting', requested_at: '2026-11-20T02:00:00.000+00:00', due_at: '2026-11-27T02:00:00.000+00:00', ended_at: null }
  beforeEach(() => {
    const given = worlds.consent({ purpose: 'membership', granted: true, document_version: '2026-11', recorded_at: '2026-11-01T02:00:00.000+00:00' })
    wx.answers = { [`GET ${MINI}/me/consents`]: { data: { data: [given] } }, [`GET ${ERASURE}`]: { data: { request: null } } }
  })

  test('what was agreed to stands there with version and day, and WeChat’s own guide', async () => {
    const text = stage.textOf(await stage.page('pages/privacy/index'))
    expect(text).toMatch(/已同意 2026-11（2026-11-0[12]）/)
    expect(text).toContain('《隐私保护指引》')
  })

  test('all data can be taken along, as text and as a file', async () => {
    wx.answers[`GET ${MINI}/me/export`] = { data: { member: { nickname: '小林' } } }
    const page = await stage.page('pages/privacy/index')
    page.querySelector('.export').dispatchEvent('tap')
    await stage.settle()
    page.instance.copy()
    expect(wx.of('setClipboardData')[0].data).toContain('小林')
    page.instance.send()
    expect(wx.of('shareFileMessage')[0].filePath).toBe('wxfile://usr/my-data.json')
  })

  test('to be forgotten is asked for twice, waits, and can be taken back', async () => {
    wx.answers[`POST ${ERASURE}`] = { status: 201, data: asked }
    wx.answers[`DELETE ${ERASURE}`] = { data: { ...asked, state: 'withdrawn' } }
    const page = await stage.page('pages/privacy/index')
    let yes = 0
    wx.showModal = (options) => options.success({ confirm: yes++ === 0 })
    await page.instance.erase()
    expect(wx.requests).toHaveLength(2)
    wx.showModal = (options) => options.success({ confirm: true })
    page.querySelector('.erase').dispatchEvent('tap')
    await stage.settle()
    expect(stage.textOf(page)).toMatch(/将于 2026-11-27 \d\d:00 执行/)
    page.querySelector('.stay').dispatchEvent('tap')
    await stage.settle()
    expect(wx.of('showToast').at(-1).title).toContain('一切照旧')
    expect(stage.textOf(page)).toContain('注销会员并删除数据')
  })
})
