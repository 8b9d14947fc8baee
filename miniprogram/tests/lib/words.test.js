// Figures, dates and languages as people read them.
const dates = require('../../lib/dates')
const language = require('../../lib/language')
const numbers = require('../../lib/numbers')

beforeEach(() => newWeChat())

test.each([
  [0, '¥0'],
  [5, '¥0.05'],
  [1050, '¥10.50'],
  [100000000, '¥1,000,000'],
  [-290, '−¥2.90'],
])('%d fen', (fen, words) => expect(numbers.yuan(fen)).toBe(words))

test.each([
  ['58', 5800],
  ['58.5', 5850],
  [' 0.05 ', 5],
  ['', null],
  ['1,000', null],
  ['-5', null],
  ['5.123', null],
  ['123456789', null],
])('"%s" yuan as typed', (text, fen) => expect(numbers.fenOf(text)).toBe(fen))

test('whole and signed numbers', () => {
  expect([0, 999, 1000, 1234567].map(numbers.whole)).toEqual(['0', '999', '1,000', '1,234,567'])
  expect([5, -5000, 0].map(numbers.signed)).toEqual(['+5', '−5,000', '+0'])
})

test('an end is half-open: the last day is the one before', () => {
  const midnight = new Date(2026, 11, 1).toISOString()
  expect([dates.day(midnight), dates.lastDay(midnight)]).toEqual(['2026-12-01', '2026-11-30'])
  expect(dates.daysLeft(midnight, new Date(2026, 10, 30, 23, 59))).toBe(0)
  expect(dates.daysLeft(midnight, new Date(2026, 10, 27))).toBe(3)
  expect(dates.daysLeft(midnight, new Date(2026, 11, 1))).toBe(-1)
  expect(dates.minute(new Date(2026, 0, 2, 3, 4).toISOString())).toBe('2026-01-02 03:04')
})

test('texts take figures, and English its plural', () => {
  expect(language.fill('{n} day|{n} days', { n: 1 })).toBe('1 day')
  expect(language.fill('{n} day|{n} days', { n: '1,000' })).toBe('1,000 days')
  expect(language.fill('{a} {b}', { a: 'x' })).toBe('x {b}')
})

test('the language is the member’s choice, else WeChat’s', () => {
  expect(language.current()).toBe('zh_CN')
  wx.getAppBaseInfo = () => ({ language: 'en' })
  expect(language.current()).toBe('en')
  wx.getAppBaseInfo = () => ({ language: 'zh_TW' })
  expect(language.current()).toBe('zh_CN')
  language.choose('en')
  expect(language.current()).toBe('en')
  expect(wx.of('setTabBarItem').map((one) => one.text)).toEqual(['Home', 'Offers', 'Code', 'Coupons', 'Me'])
})

test('a storage that is full or broken stops nothing', () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {})
  wx.getStorageSync = wx.setStorageSync = wx.removeStorageSync = () => {
    throw new Error('quota')
  }
  const store = require('../../lib/store')
  store.write('a', 1)
  store.forget('a')
  expect(store.read('a')).toBe(undefined)
})
