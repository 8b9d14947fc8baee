// The twenty digits a clerk scans, drawn on this phone: the server's docs/domain/member-code.md has the format and the vectors.
const { hmac } = require('./sha256')

const PREFIX = '28'
const OTP_DIGITS = 8
// The one kind of code this module can draw.
const FORMAT = 'huitou-member-code-1'

// Damm's quasigroup of order 10.
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
]

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * @param {string} number nine digits
 * @param {Uint8Array} secret
 * @param {number} step whole steps since 1970
 * @returns {string} twenty digits
 */
function draw(number, secret, step) {
  const body = PREFIX + number + oneTimePart(secret, step)
  return body + damm(body)
}

/**
 * RFC 4226's truncation of HMAC-SHA-256 over the step.
 * @param {Uint8Array} secret
 * @param {number} step
 */
function oneTimePart(secret, step) {
  const counter = new DataView(new ArrayBuffer(8))
  counter.setUint32(0, Math.floor(step / 2 ** 32))
  counter.setUint32(4, step % 2 ** 32)
  const digest = hmac(secret, new Uint8Array(counter.buffer))
  const offset = digest[31] & 0x0f
  const value = new DataView(digest.buffer).getUint32(offset) & 0x7fffffff
  return String(value % 10 ** OTP_DIGITS).padStart(OTP_DIGITS, '0')
}

/** @param {string} digits */
function damm(digits) {
  let row = 0
  for (const digit of digits) row = Number(DAMM[row][Number(digit)])
  return row
}

/**
 * @param {string} text base32, upper case, no padding
 * @returns {Uint8Array}
 */
function fromBase32(text) {
  const bytes = []
  let bits = 0
  let held = 0
  for (const letter of text) {
    held = (held << 5) | BASE32.indexOf(letter)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((held >> bits) & 0xff)
      held &= (1 << bits) - 1
    }
  }
  return Uint8Array.from(bytes)
}

/**
 * Which step it is, and how long it lasts.
 * @param {number} nowMs the server's time, in milliseconds since 1970
 * @param {number} stepSeconds
 * @returns {{step: number, secondsLeft: number}}
 */
function stepAt(nowMs, stepSeconds) {
  const seconds = Math.floor(nowMs / 1000)
  return { step: Math.floor(seconds / stepSeconds), secondsLeft: stepSeconds - (seconds % stepSeconds) }
}

/**
 * For people: 2812 3456 7896 1767 7755.
 * @param {string} digits
 */
function grouped(digits) {
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ')
}

module.exports = { FORMAT, draw, fromBase32, grouped, stepAt }
