// What is computed here is held to others: Node's own digests, the vectors of the format's page.
const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const { ROOT } = require('../stage')
const code128 = require('../../lib/code128')
const memberCode = require('../../lib/member_code')
const picture = require('../../lib/picture')
const qr = require('../../lib/qr')
const { digest, hmac } = require('../../lib/sha256')

const VECTORS = fs
  .readFileSync(path.join(ROOT, '..', 'docs', 'domain', 'member-code.md'), 'utf8')
  .matchAll(/^\| `(\d{9})` \| `([0-9a-f]{40})` \| (\d+) \| `(\d{20})` \|$/gm)

test.each([...VECTORS].map((found) => found.slice(1)))('the vector of %s at step %3$s', (number, secret, step, code) => {
  expect(memberCode.draw(number, Uint8Array.from(Buffer.from(secret, 'hex')), Number(step))).toBe(code)
})

test('digests are Node’s, around every edge of a block', () => {
  for (let length = 0; length < 200; length += 1) {
    const message = crypto.randomBytes(length)
    const key = crypto.randomBytes((length * 7) % 150)
    expect(Buffer.from(digest(message)).equals(crypto.createHash('sha256').update(message).digest())).toBe(true)
    expect(Buffer.from(hmac(key, message)).equals(crypto.createHmac('sha256', key).update(message).digest())).toBe(true)
  }
})

test('base32, steps and groups of four', () => {
  expect(Buffer.from(memberCode.fromBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toString()).toBe('12345678901234567890')
  expect(memberCode.stepAt(59999, 30)).toEqual({ step: 1, secondsLeft: 1 })
  expect(memberCode.stepAt(60000, 30)).toEqual({ step: 2, secondsLeft: 30 })
  expect(memberCode.grouped('28123456789617677755')).toBe('2812 3456 7896 1767 7755')
})

test('a member code is a version 1 QR code; too long a text is refused', () => {
  expect(qr.encode('28123456789617677755')).toHaveLength(21)
  expect(qr.encode('x'.repeat(106))).toHaveLength(41)
  expect(() => qr.encode('x'.repeat(107))).toThrow(RangeError)
  expect(() => qr.encode('é')).toThrow(RangeError)
})

test('Code 128 wants digits in pairs', () => {
  expect(code128.encode('28123456789617677755')).toHaveLength(11 * 12 + 13)
  expect(() => code128.encode('123')).toThrow(RangeError)
  expect(() => code128.encode('12a4')).toThrow(RangeError)
})

test('a picture is a PNG of the size asked for', () => {
  const bytes = Buffer.from(picture.png([[true, false]], { across: 3, down: 2, quiet: 1 }).split(',')[1], 'base64')
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([12, 2])
})
