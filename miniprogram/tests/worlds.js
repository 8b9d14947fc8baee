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

const refusal = (status, code, message, data = {}) => ({ status, data: { error: { code, message, data, request_id: 'r1' } } })

module.exports = { GOLD, SILVER, home, member, offer, refusal, subscription }
