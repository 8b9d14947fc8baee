// What the server would answer, as small as a test needs it.

const SILVER = { code: 'silver', name: '银卡', name_en: 'Silver', colour: '#64748b', svg_url: '/api/mini/v1/badges/silver.svg' }
const GOLD = { code: 'gold', name: '金卡', name_en: 'Gold', colour: '#b45309', svg_url: '/api/mini/v1/badges/gold.svg' }

const member = (changes = {}) => ({
  id: '0193b000-0000-7000-8000-000000000001',
  nickname: '小林',
  phone_masked: '138****8000',
  birthday: null,
  locale: 'zh_CN',
  zone: null,
  marketing_consent: false,
  joined_at: '2026-01-05T02:00:00.000+00:00',
  points_balance: 1280,
  standing: {
    growth_value: 700,
    tier: { rank: 2, growth_threshold: 200, badge: SILVER },
    next_tier: { rank: 3, growth_threshold: 1000, badge: GOLD },
    growth_needed: 300,
    progress_bp: 6250,
  },
  ...changes,
})

const offer = (changes = {}) => ({
  id: '0193b000-0000-7000-8000-0000000000b1',
  name: '满50减10',
  batch_name: '十一月',
  state: 'claimable',
  kind: 'amount_off',
  terms: '满50元减10元 · 领取后30天内有效',
  value_fen: 1000,
  min_spend_fen: 5000,
  stores: [],
  points_price: null,
  stock_left: 88,
  per_member_limit: 1,
  per_day_limit: 0,
  remaining_claims: 1,
  tier: null,
  claim_starts_at: '2026-11-01T00:00:00.000+00:00',
  claim_ends_at: '2026-12-01T00:00:00.000+00:00',
  ...changes,
})

const subscription = (changes = {}) => ({
  wechat_template_id: 'TPL_EXPIRY',
  title: '优惠券到期提醒',
  topic: 'coupon',
  topic_name: '券到期',
  topic_name_en: 'Coupons running out',
  remaining: 0,
  reason: 'needed',
  needed_on: '2026-12-01',
  ...changes,
})

const home = (changes = {}) => ({
  server_time: '2026-11-20T02:00:00.000+00:00',
  member: member(),
  check_in: {
    today: '2026-11-20',
    checked_in_today: false,
    streak: 3,
    points: 5,
    next_bonus: { days: 7, points: 20 },
  },
  coupons: { active: 4, redeemed: 1, expired: 2 },
  offers: [offer()],
  has_more_offers: true,
  subscriptions: [],
  ...changes,
})

const coupon = (changes = {}) => ({
  id: '0193b000-0000-7000-8000-0000000000c1',
  name: '满50减10',
  batch_name: '十一月',
  status: 'active',
  kind: 'amount_off',
  terms: '满50元减10元 · 2026年12月20日前有效(含当日)',
  value_fen: 1000,
  min_spend_fen: 5000,
  stores: [],
  uses: 1,
  uses_left: 1,
  can_be_given: true,
  issued_at: '2026-11-20T02:00:00.000+00:00',
  usable_from: '2026-11-20T02:00:00.000+00:00',
  expires_at: '2999-12-20T16:00:00.000+00:00',
  redeemed_at: null,
  redeemed_store: null,
  ...changes,
})

const couponDetail = (changes = {}) => ({ ...coupon(), conditions: ['消费满 50 元可用', '全部门店可用'], ...changes })

const transfer = (changes = {}) => ({
  id: '0193b000-0000-7000-8000-0000000000d1',
  coupon_id: coupon().id,
  coupon_name: '满50减10',
  direction: 'given',
  state: 'open',
  created_at: '2026-11-20T02:00:00.000+00:00',
  expires_at: '2999-11-21T02:00:00.000+00:00',
  ended_at: null,
  ...changes,
})

const calendar = (changes = {}) => ({
  month: '2026-11',
  today: '2026-11-20',
  checked_in_today: false,
  streak: 2,
  month_count: 9,
  next_bonus: { days: 7, points: 20 },
  next_monthly_bonus: { days: 20, points: 50 },
  days: [{ business_date: '2026-11-19', streak: 2, points: 5, made_up: false }],
  coming: [{ business_date: '2026-11-20', streak: 3, points: 5, streak_bonus: 0, monthly_bonus: 0 }],
  make_ups: { cost_points: 10, left: 2, days: ['2026-11-17'] },
  ...changes,
})

const summary = (changes = {}) => ({
  spendable: 1280,
  pending: 30,
  held: 0,
  owed: 0,
  next_expiry: { valid_through: '2026-12-31', points: 80 },
  ...changes,
})

const entry = (changes = {}) => ({
  seq: 7,
  kind: 'earn',
  delta: 5,
  amount: 5,
  balance_after: 1280,
  owed_after: 0,
  source: 'check_in',
  title: '每日签到',
  title_en: 'Daily check-in',
  rule: null,
  order_no: null,
  business_date: '2026-11-20',
  occurred_at: '2026-11-20T02:00:00.000+00:00',
  available_at: null,
  expires_at: '2027-11-30T16:00:00.000+00:00',
  ...changes,
})

const sentence = (text, text_en) => ({ text, text_en })

const mechanism = () => ({
  rules: [{ code: 'base', version: 1, event: 'purchase', ledger: 'points', name: '消费', name_en: 'Purchases', ...sentence('每满1元得1积分', '1 point a yuan') }],
  check_in: { points: 5, streak: [], monthly: [], sentences: [sentence('每天签到得 5 积分', '5 points a day')], makeup: null },
  expiry: { terms: '12M', notice_days: 30, ...sentence('积分12个月有效', 'Points: 12 months') },
  worth: { fen_per_100_points: 100, ...sentence('100 积分值 1 元', '100 points are 1 yuan'), buys: [] },
  rounding: sentence('舍去零头', 'Parts are dropped'),
  refund: sentence('退款收回', 'Refunds take back'),
  debt: sentence('不足待扣', 'The rest is owed'),
  updated_at: '2026-11-20T02:00:00.000+00:00',
})

const ladder = () => ({
  mine: member().standing,
  qualifying_growth: 700,
  valid_through: null,
  keep_needed: null,
  how_earned: '成长值长期累计，达到门槛即升级。',
  how_kept: '当前等级长期有效。',
  ladder: [
    { rank: 2, growth_threshold: 200, badge: SILVER, benefits: ['享 9.5 折'] },
    { rank: 3, growth_threshold: 1000, badge: GOLD, benefits: [] },
  ],
})

const achievement = (changes = {}) => ({
  code: 'streak_7',
  name: '连续七天',
  name_en: 'Seven in a row',
  fact: 'streak',
  target: 7,
  current: 3,
  progress_bp: 4285,
  awarded_at: null,
  svg_url: '/api/mini/v1/badges/achievements/streak_7.svg?tier=silver',
  ...changes,
})

const consent = (changes = {}) => ({
  purpose: 'marketing',
  granted: false,
  document_version: null,
  current_version: '2026-11',
  recorded_at: null,
  ...changes,
})

const way = (changes = {}) => ({ channel: 'subscribe', is_on: true, locked_by: null, changed_by: null, changed_at: null, ...changes })

const preferences = (changes = {}) => ({
  marketing: consent(),
  data: [
    { topic: 'service', name: '服务通知', name_en: 'Service', is_marketing: false, channels: [way({ locked_by: 'required' })] },
    { topic: 'coupon', name: '券到期', name_en: 'Coupons', is_marketing: false, channels: [way(), way({ channel: 'sms', is_on: false })] },
  ],
  ...changes,
})

const visit = (changes = {}) => ({
  visit_id: '0193b000-0000-7000-8000-0000000000e1',
  expires_at: '2999-11-20T02:10:00.000+00:00',
  member: {
    id: member().id,
    nickname: '小林',
    phone_masked: '138****8000',
    badge: SILVER,
    points_balance: 1280,
    is_birthday: true,
    joined_at: member().joined_at,
  },
  coupons: [coupon()],
  ...changes,
})

const choice = (changes = {}) => ({
  coupons: [{ coupon_id: coupon().id, discount_fen: 1000 }],
  coupon_fen: 1000,
  tier_fen: 290,
  points: 0,
  points_fen: 0,
  payable_fen: 4510,
  most_points: 500,
  most_points_fen: 500,
  ...changes,
})

const quote = (changes = {}) => ({
  visit_id: visit().visit_id,
  points_spendable: 1280,
  coupons: [{ coupon: coupon(), applies: true, refusal: null, saves_fen: 1000 }],
  best: choice(),
  chosen: null,
  held_until: null,
  ...changes,
})

const checkout = (changes = {}) => ({
  id: '0193b000-0000-7000-8000-0000000000f1',
  bill_fen: 5800,
  coupon_fen: 1000,
  tier_fen: 290,
  points_fen: 0,
  points_spent: 0,
  payable_fen: 4510,
  coupons: [{ redemption_id: 'r', coupon_id: coupon().id, coupon_name: '满50减10', coupon_status: 'redeemed', use_no: 1, uses: 1, discount_fen: 1000, returned_by: null }],
  order_no: null,
  store: '江边店',
  clerk: '小李',
  member: '小林',
  phone_masked: '138****8000',
  settled_at: '2026-11-20T02:05:00.000+00:00',
  undo_until: '2999-11-20T02:15:00.000+00:00',
  reversed_at: null,
  reversal_reason: null,
  ...changes,
})

const staff = () => ({
  token: 'staff-token',
  expires_at: '2999-01-01T00:00:00.000+00:00',
  staff: { id: 's', login: 'li', display_name: '小李', role: 'clerk', store: { id: 't', code: 'river', name: '江边店' } },
})

const code = (changes = {}) => ({
  number: '123456789',
  secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  step_seconds: 30,
  server_time: '2026-11-20T02:00:00.000+00:00',
  format: { name: 'huitou-member-code-1', prefix: '28', length: 20, otp_digits: 8, algorithm: 'HMAC-SHA-256', secret_encoding: 'base32' },
  ...changes,
})

const list = (data, more = {}) => ({ data, has_more: false, next_cursor: null, ...more })

const refusal = (status, code, message, data = {}) => ({ status, data: { error: { code, message, data, request_id: 'r1' } } })

module.exports = {
  GOLD,
  SILVER,
  achievement,
  calendar,
  checkout,
  choice,
  code,
  consent,
  coupon,
  couponDetail,
  entry,
  home,
  ladder,
  list,
  mechanism,
  member,
  offer,
  preferences,
  quote,
  refusal,
  staff,
  subscription,
  summary,
  transfer,
  visit,
  way,
}
