// A phone without a screen, for tests that have the server: runs the client's own modules on what stands on standard input.
// {"offline": {"answer": …, "arrived_ms": n, "moments_ms": […]}}: the server's answer arrives at a moment of this phone's clock, then the
// network is gone and a code is drawn at each of the moments. {"codes": ["…"]}: modules and pictures of a text.
require('./wechat')

const input = JSON.parse(require('fs').readFileSync(0, 'utf8'))

async function offline({ answer, arrived_ms: arrivedMs, moments_ms: moments }) {
  const codeSecret = require('../lib/code_secret')
  newWeChat({ 'GET /api/mini/v1/me/member-code': { data: answer } })
  wx.setStorageSync('member_session', { token: 'T', expires_at: '2999-01-01T00:00:00.000+00:00' })
  Date.now = () => arrivedMs
  await codeSecret.renew()
  wx.answers = {}
  const kept = codeSecret.kept()
  return moments.map((moment) => codeSecret.codeAt(kept, moment).digits)
}

function drawn(text) {
  const { png } = require('../lib/picture')
  const modules = require('../lib/qr').encode(text)
  const bars = /^(\d\d)+$/.test(text) ? require('../lib/code128').encode(text) : null
  return {
    modules: modules.map((row) => row.map(Number)),
    qr: png(modules, { across: 10, down: 10, quiet: 4 }),
    bar: bars && png([bars], { across: 4, down: 60, quiet: 10 }),
  }
}

const work = input.offline ? offline(input.offline) : Promise.resolve(input.codes.map(drawn))
work.then((found) => process.stdout.write(JSON.stringify(found)))
