// Idempotency keys: one per intention, kept until its answer is known, so that a repeat never moves value twice.
const store = require('./store')

const KEPT = 'keys'
// The server remembers a key for at least 72 hours; an intention older than this is a new one.
const LIFETIME_MS = 48 * 3600 * 1000

/**
 * The key of an intention: the one it had if its answer never came, else a fresh one.
 * @param {string} intent what it is for, with everything the body says
 * @returns {string}
 */
function of(intent) {
  const kept = fresh()
  if (!kept[intent]) {
    kept[intent] = { key: make(), at: Date.now() }
    store.write(KEPT, kept)
  }
  return kept[intent].key
}

/**
 * The answer is known: the next time is a new intention.
 * @param {string} intent
 */
function settle(intent) {
  const kept = fresh()
  delete kept[intent]
  store.write(KEPT, kept)
}

/** @returns {Record<string, {key: string, at: number}>} */
function fresh() {
  /** @type {Record<string, {key: string, at: number}>} */
  const kept = store.read(KEPT) || {}
  const now = Date.now()
  for (const intent of Object.keys(kept)) {
    if (Math.abs(now - kept[intent].at) > LIFETIME_MS) delete kept[intent]
  }
  return kept
}

/** @returns {string} unique for this phone; it proves nothing, so it need not be secret */
function make() {
  const part = () => Math.floor(Math.random() * 2 ** 32).toString(36).padStart(7, '0')
  return `${Date.now().toString(36)}-${part()}${part()}`
}

module.exports = { make, of, settle }
