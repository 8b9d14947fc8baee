// QR codes, level M, versions 1 to 6: enough for a member code (digits) and a short text (bytes). ISO/IEC 18004, held to
// other people's readers by a test.

// Per version: data codewords of a block, error-correction codewords of a block, blocks, centre of the alignment pattern.
const VERSIONS = [
  { data: 16, check: 10, blocks: 1, align: 0 },
  { data: 28, check: 16, blocks: 1, align: 18 },
  { data: 44, check: 26, blocks: 1, align: 22 },
  { data: 32, check: 18, blocks: 2, align: 26 },
  { data: 43, check: 24, blocks: 2, align: 30 },
  { data: 27, check: 16, blocks: 4, align: 34 },
]
const NUMERIC = 1
const BYTE = 4
// Five bits of level and mask become fifteen: BCH remainder, then this mask. Level M is 00.
const FORMAT_POLYNOMIAL = 0x537
const FORMAT_MASK = 0x5412

/** @type {((row: number, column: number) => boolean)[]} */
const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
]

const EXP = new Uint8Array(255)
const LOG = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value
  LOG[value] = power
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1
}

/**
 * @param {string} text digits, or ASCII: readers guess at other bytes
 * @returns {boolean[][]} rows of modules, true is dark; without the quiet zone
 */
function encode(text) {
  if (/[^\x20-\x7e]/.test(text)) throw new RangeError('ASCII only')
  const mode = /^\d+$/.test(text) ? NUMERIC : BYTE
  const payload = mode === NUMERIC ? digitsOf(text) : bytesOf(text)
  const index = VERSIONS.findIndex((one) => headerBits(mode) + payload.length <= one.data * one.blocks * 8)
  if (index < 0) throw new RangeError('too long for a code of this size')
  const version = VERSIONS[index]
  const codewords = interleaved(codewordsOf(mode, text.length, payload, version.data * version.blocks), version)
  const size = 21 + index * 4
  const grid = patterns(size, version.align)
  place(grid, codewords)
  return bestMasked(grid)
}

/** @param {number} mode */
function headerBits(mode) {
  return 4 + (mode === NUMERIC ? 10 : 8)
}

/** @param {string} text */
function digitsOf(text) {
  /** @type {number[]} */
  const bits = []
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3)
    push(bits, Number(group), group.length * 3 + 1)
  }
  return bits
}

/** @param {string} text */
function bytesOf(text) {
  /** @type {number[]} */
  const bits = []
  for (const letter of text) push(bits, letter.charCodeAt(0), 8)
  return bits
}

/**
 * @param {number[]} bits
 * @param {number} value
 * @param {number} count
 */
function push(bits, value, count) {
  for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1)
}

/**
 * @param {number} mode
 * @param {number} length
 * @param {number[]} payload
 * @param {number} capacity
 */
function codewordsOf(mode, length, payload, capacity) {
  /** @type {number[]} */
  const bits = []
  push(bits, mode, 4)
  push(bits, length, mode === NUMERIC ? 10 : 8)
  bits.push(...payload)
  for (let zero = 0; zero < 4 && bits.length < capacity * 8; zero += 1) bits.push(0)
  while (bits.length % 8) bits.push(0)
  const bytes = []
  for (let at = 0; at < bits.length; at += 8) bytes.push(parseInt(bits.slice(at, at + 8).join(''), 2))
  for (let pad = 0; bytes.length < capacity; pad += 1) bytes.push(pad % 2 ? 0x11 : 0xec)
  return bytes
}

/**
 * @param {number[]} bytes
 * @param {typeof VERSIONS[number]} version
 */
function interleaved(bytes, version) {
  const blocks = Array.from({ length: version.blocks }, (_, n) => bytes.slice(n * version.data, (n + 1) * version.data))
  const checks = blocks.map((block) => remainder(block, version.check))
  const mixed = []
  for (let at = 0; at < version.data; at += 1) for (const block of blocks) mixed.push(block[at])
  for (let at = 0; at < version.check; at += 1) for (const check of checks) mixed.push(check[at])
  return mixed
}

/**
 * Reed-Solomon over GF(256).
 * @param {number[]} block
 * @param {number} count
 */
function remainder(block, count) {
  let divisor = [1]
  for (let power = 0; power < count; power += 1) {
    const next = [...divisor, 0]
    divisor.forEach((factor, at) => {
      next[at + 1] ^= product(factor, EXP[power])
    })
    divisor = next
  }
  const rest = [...block, ...new Array(count).fill(0)]
  for (let at = 0; at < block.length; at += 1) {
    const lead = rest[at]
    divisor.forEach((factor, offset) => {
      rest[at + offset] ^= product(factor, lead)
    })
  }
  return rest.slice(block.length)
}

/**
 * @param {number} first
 * @param {number} second
 */
function product(first, second) {
  return first && second ? EXP[(LOG[first] + LOG[second]) % 255] : 0
}

/**
 * What is the same in every code of a size; null where data goes. The format's places are light for now.
 * @param {number} size
 * @param {number} align
 * @returns {(boolean | null)[][]}
 */
function patterns(size, align) {
  /** @type {(boolean | null)[][]} */
  const grid = Array.from({ length: size }, () => new Array(size).fill(null))
  for (let at = 8; at < size - 8; at += 1) grid[6][at] = grid[at][6] = at % 2 === 0
  for (let at = 0; at < 9; at += 1) grid[8][at] = grid[at][8] = at === 6
  for (let at = size - 8; at < size; at += 1) grid[8][at] = grid[at][8] = false
  grid[size - 8][8] = true
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]]) finder(grid, top, left)
  if (align) ring(grid, align, 2)
  return grid
}

/**
 * A finder with its light border, as far as the code reaches.
 * @param {(boolean | null)[][]} grid
 * @param {number} top
 * @param {number} left
 */
function finder(grid, top, left) {
  for (let row = -1; row <= 7; row += 1)
    for (let column = -1; column <= 7; column += 1) {
      const line = grid[top + row]
      if (!line || line[left + column] === undefined) continue
      const away = Math.max(Math.abs(row - 3), Math.abs(column - 3))
      line[left + column] = away !== 2 && away !== 4
    }
}

/**
 * @param {(boolean | null)[][]} grid
 * @param {number} centre
 * @param {number} reach
 */
function ring(grid, centre, reach) {
  for (let row = -reach; row <= reach; row += 1)
    for (let column = -reach; column <= reach; column += 1)
      grid[centre + row][centre + column] = Math.max(Math.abs(row), Math.abs(column)) !== 1
}

/** The places of data, in the order they are filled. @type {WeakMap<object, [number, number][]>} */
const filled = new WeakMap()

/**
 * Two columns at a time from the right, up and down by turns, past the upright timing pattern.
 * @param {(boolean | null)[][]} grid
 * @param {number[]} codewords
 */
function place(grid, codewords) {
  const size = grid.length
  /** @type {[number, number][]} */
  const places = []
  let up = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step
      for (const column of [right, right - 1]) if (grid[row][column] === null) places.push([row, column])
    }
    up = !up
  }
  places.forEach(([row, column], at) => {
    const byte = codewords[at >> 3] || 0
    grid[row][column] = ((byte >> (7 - (at & 7))) & 1) === 1
  })
  filled.set(grid, places)
}

/**
 * @param {(boolean | null)[][]} grid
 * @returns {boolean[][]}
 */
function bestMasked(grid) {
  const places = filled.get(grid) || []
  const made = MASKS.map((mask, number) => {
    const modules = grid.map((row) => row.map(Boolean))
    for (const [row, column] of places) if (mask(row, column)) modules[row][column] = !modules[row][column]
    writeFormat(modules, number)
    return modules
  })
  return made.reduce((best, one) => (penalty(one) < penalty(best) ? one : best))
}

/**
 * @param {boolean[][]} modules
 * @param {number} mask
 */
function writeFormat(modules, mask) {
  let rest = mask << 10
  for (let bit = 14; bit >= 10; bit -= 1) if ((rest >> bit) & 1) rest ^= FORMAT_POLYNOMIAL << (bit - 10)
  const format = ((mask << 10) | rest) ^ FORMAT_MASK
  const size = modules.length
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((format >> bit) & 1) === 1
    const near = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit
    modules[near][8] = dark
    const across = bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit
    modules[8][across] = dark
  }
}

/**
 * How hard a code is to read: long runs, blocks, patterns that look like a finder, too dark or too light.
 * @param {boolean[][]} modules
 */
function penalty(modules) {
  const size = modules.length
  const columns = modules.map((_, at) => modules.map((row) => row[at]))
  let points = 0
  for (const line of [...modules, ...columns]) points += linePenalty(line)
  let dark = 0
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      const one = modules[row][column]
      if (one) dark += 1
      if (row && column && one === modules[row - 1][column] && one === modules[row][column - 1] && one === modules[row - 1][column - 1])
        points += 3
    }
  return points + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10
}

/** @param {boolean[]} line */
function linePenalty(line) {
  const text = line.map((dark) => (dark ? '1' : '0')).join('')
  let points = 0
  for (const run of text.match(/1+|0+/g) || []) if (run.length >= 5) points += run.length - 2
  for (let at = 0; at + 11 <= text.length; at += 1)
    if (['10111010000', '00001011101'].includes(text.slice(at, at + 11))) points += 40
  return points
}

module.exports = { encode }
