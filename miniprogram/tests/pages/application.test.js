// The application itself, the privacy gate, and how big the packages are.
const fs = require('fs')
const path = require('path')
const stage = require('../stage')
const privacy = require('../../lib/privacy')

// WeChat's limit for a package, and for all of them.
const PACKAGE_BYTES = 2 * 1024 * 1024

test('what comes by a message is told, and privacy is listened for', () => {
  newWeChat()
  require('../../app')
  application.onLaunch()
  application.onShow({ query: {} })
  expect(wx.privacyListener).toBeInstanceOf(Function)
  expect(wx.of('setTabBarItem')).toHaveLength(5)
  expect(wx.requests).toEqual([])
  // What the server has not heard of a tap is told when somebody signed in comes back.
  stage.signedIn()
  wx.setStorageSync('subscription_reports', [{ report_id: 'r', results: [] }])
  application.onShow({ query: { d: 'code-of-a-message' } })
  expect(wx.requests).toEqual([])
  return stage.settle().then(() => expect(wx.requests.map((one) => one.path).sort()).toEqual(['/api/mini/v1/message-opens', '/api/mini/v1/subscription-reports']))
})

test('WeChat asks for the privacy guide: the sheet in front shows it, and its answer goes back', async () => {
  newWeChat()
  privacy.listen()
  const sheet = stage.component('components/privacy-sheet/index')
  expect(stage.textOf(sheet)).toBe('')
  const answers = []
  wx.privacyListener((answer) => answers.push(answer))
  await stage.settle()
  expect(stage.textOf(sheet)).toContain('《隐私保护指引》')
  sheet.querySelector('.contract').dispatchEvent('tap')
  await stage.settle()
  expect(wx.of('openPrivacyContract')).toHaveLength(1)
  sheet.instance.agree()
  expect(answers).toEqual([{ event: 'agree', buttonId: 'agree-privacy' }])
  expect(stage.textOf(sheet)).toBe('')
  wx.privacyListener((answer) => answers.push(answer))
  sheet.instance.refuse()
  expect(answers[1].event).toBe('disagree')
  sheet.detach()
})

test('an older WeChat has no gate', async () => {
  newWeChat()
  wx.onNeedPrivacyAuthorization = wx.getPrivacySetting = undefined
  privacy.listen()
  expect(await privacy.setting()).toEqual({ needed: false, name: '' })
})

test('the packages fit, and what is for developers stays out of them', () => {
  const { packOptions } = JSON.parse(fs.readFileSync(path.join(stage.ROOT, 'project.config.json'), 'utf8'))
  const left = new Set(packOptions.ignore.map((one) => one.value))
  const size = (name) => {
    const place = path.join(stage.ROOT, name)
    if (!fs.statSync(place).isDirectory()) return fs.statSync(place).size
    return fs.readdirSync(place).reduce((sum, one) => sum + size(path.join(name, one)), 0)
  }
  const shipped = fs.readdirSync(stage.ROOT).filter((name) => !left.has(name))
  const main = shipped.filter((name) => name !== 'clerk').reduce((sum, name) => sum + size(name), 0)
  console.info(`main package ${Math.ceil(main / 1024)} KiB, clerk package ${Math.ceil(size('clerk') / 1024)} KiB of 2048 KiB each`)
  expect(shipped.filter((name) => /node_modules|tests|types|simulator|package|jest|jsconfig/.test(name))).toEqual([])
  expect(main).toBeLessThan(PACKAGE_BYTES)
  expect(size('clerk')).toBeLessThan(PACKAGE_BYTES)
})
