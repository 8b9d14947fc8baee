// Black and white pictures as PNG data addresses: crisp on every screen, shown by the plain image tag, no canvas to wait for.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
// Stored, not compressed: a member code's picture has some ten kilobytes, and an own inflater would be longer than this module.
const MOST_STORED = 65535
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CRC = Uint32Array.from({ length: 256 }, (_, number) => {
  let rest = number
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

/**
 * @param {boolean[][]} modules true is black
 * @param {{across: number, down: number, quiet: number}} scale pixels of a module, and modules of light around
 * @returns {string} data:image/png;base64,…
 */
function png(modules, { across, down, quiet }) {
  const width = (modules[0].length + 2 * quiet) * across
  const light = new Array(quiet).fill(false)
  const empty = packed(new Array(modules[0].length + 2 * quiet).fill(false), across)
  const rows = modules.map((row) => packed([...light, ...row, ...light], across))
  // A bar code is read across: it needs no light above and below.
  const border = modules.length > 1 ? quiet * down : 0
  const lines = []
  for (let at = 0; at < border; at += 1) lines.push(empty)
  for (const row of rows) for (let at = 0; at < down; at += 1) lines.push(row)
  for (let at = 0; at < border; at += 1) lines.push(empty)
  const header = [...four(width), ...four(lines.length), 1, 0, 0, 0, 0]
  const bytes = [...SIGNATURE, ...chunk('IHDR', header), ...chunk('IDAT', stored(lines.flat())), ...chunk('IEND', [])]
  return `data:image/png;base64,${base64(bytes)}`
}

/**
 * One line of pixels, eight to a byte, behind its filter byte; white is 1.
 * @param {boolean[]} row
 * @param {number} across
 */
function packed(row, across) {
  const bits = []
  for (const dark of row) for (let count = 0; count < across; count += 1) bits.push(dark ? 0 : 1)
  const bytes = [0]
  for (let at = 0; at < bits.length; at += 8) {
    let byte = 0
    for (let bit = 0; bit < 8; bit += 1) byte = (byte << 1) | (bits[at + bit] || 0)
    bytes.push(byte)
  }
  return bytes
}

/**
 * A zlib stream of stored blocks.
 * @param {number[]} bytes
 */
function stored(bytes) {
  const found = [0x78, 0x01]
  for (let at = 0; at < bytes.length; at += MOST_STORED) {
    const block = bytes.slice(at, at + MOST_STORED)
    const size = block.length
    found.push(at + MOST_STORED >= bytes.length ? 1 : 0, size & 0xff, size >> 8, ~size & 0xff, (~size >> 8) & 0xff)
    for (const byte of block) found.push(byte)
  }
  let low = 1
  let high = 0
  for (const byte of bytes) {
    low = (low + byte) % 65521
    high = (high + low) % 65521
  }
  return [...found, high >> 8, high & 0xff, low >> 8, low & 0xff]
}

/**
 * @param {string} name
 * @param {number[]} data
 */
function chunk(name, data) {
  const body = [...Array.from(name, (letter) => letter.charCodeAt(0)), ...data]
  let rest = 0xffffffff
  for (const byte of body) rest = CRC[(rest ^ byte) & 0xff] ^ (rest >>> 8)
  return [...four(data.length), ...body, ...four(~rest >>> 0)]
}

/** @param {number} value */
function four(value) {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

/** @param {number[]} bytes */
function base64(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]]
    text += BASE64[first >> 2] + BASE64[((first & 3) << 4) | ((second || 0) >> 4)]
    text += second === undefined ? '=' : BASE64[((second & 15) << 2) | ((third || 0) >> 6)]
    text += third === undefined ? '=' : BASE64[third & 63]
  }
  return text
}

module.exports = { png }
