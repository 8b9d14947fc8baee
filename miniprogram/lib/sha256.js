// SHA-256 and HMAC over bytes: WeChat offers scripts no such thing. FIPS 180-4 and RFC 2104, held to Node's own by a test.

const BLOCK = 64

const ROUND = new Uint32Array(64)
const START = new Uint32Array(8)
fillConstants()

/** The first 32 bits of the fractions of the roots of the first primes, as the standard has them. */
function fillConstants() {
  let count = 0
  for (let candidate = 2; count < 64; candidate += 1) {
    if (!isPrime(candidate)) continue
    if (count < 8) START[count] = fraction(Math.sqrt(candidate))
    ROUND[count] = fraction(Math.cbrt(candidate))
    count += 1
  }
}

/** @param {number} value */
function isPrime(value) {
  for (let divisor = 2; divisor * divisor <= value; divisor += 1) if (value % divisor === 0) return false
  return true
}

/** @param {number} value */
function fraction(value) {
  return Math.floor((value - Math.floor(value)) * 2 ** 32)
}

/**
 * @param {Uint8Array} message
 * @returns {Uint8Array} 32 bytes
 */
function digest(message) {
  const padded = pad(message)
  const state = new Uint32Array(START)
  const words = new Uint32Array(64)
  const view = new DataView(padded.buffer)
  for (let offset = 0; offset < padded.length; offset += BLOCK) compress(state, words, view, offset)
  const found = new Uint8Array(32)
  const out = new DataView(found.buffer)
  state.forEach((word, index) => out.setUint32(index * 4, word))
  return found
}

/** @param {Uint8Array} message */
function pad(message) {
  const length = Math.ceil((message.length + 9) / BLOCK) * BLOCK
  const padded = new Uint8Array(length)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(length - 4, (message.length << 3) >>> 0)
  return padded
}

/**
 * @param {Uint32Array} state
 * @param {Uint32Array} words
 * @param {DataView} view
 * @param {number} offset
 */
function compress(state, words, view, offset) {
  for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(offset + index * 4)
  for (let index = 16; index < 64; index += 1) {
    const early = words[index - 15]
    const late = words[index - 2]
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
    words[index] = words[index - 16] + low + words[index - 7] + high
  }
  let [a, b, c, d, e, f, g, h] = state
  for (let index = 0; index < 64; index += 1) {
    const mixed = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const first = (h + mixed + ((e & f) ^ (~e & g)) + ROUND[index] + words[index]) >>> 0
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) >>> 0, c, b, a, (first + second) >>> 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] += word
  })
}

/**
 * @param {number} word
 * @param {number} bits
 */
function turn(word, bits) {
  return (word >>> bits) | (word << (32 - bits))
}

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 * @returns {Uint8Array} 32 bytes
 */
function hmac(key, message) {
  const block = new Uint8Array(BLOCK)
  block.set(key.length > BLOCK ? digest(key) : key)
  const inner = joined(block.map((byte) => byte ^ 0x36), message)
  return digest(joined(block.map((byte) => byte ^ 0x5c), digest(inner)))
}

/**
 * @param {Uint8Array} first
 * @param {Uint8Array} second
 */
function joined(first, second) {
  const found = new Uint8Array(first.length + second.length)
  found.set(first)
  found.set(second, first.length)
  return found
}

module.exports = { digest, hmac }
