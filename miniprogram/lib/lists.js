// Lists that page: the first rows, more at the bottom, and an answer that comes too late is dropped.
const screen = require('./screen')

/** @typedef {{data: any[], has_more: boolean, next_cursor: string | null}} Found */
/** @typedef {(cursor: string | undefined) => Promise<Found>} Read */

/** The turn a page's list is in: a new first page makes older answers worthless. @type {WeakMap<object, number>} */
const turns = new WeakMap()

/** A page's list beside its own data. */
function data() {
  return { items: /** @type {any[]} */ ([]), cursor: '', hasMore: false, more: /** @type {'' | 'waits' | 'failed'} */ ('') }
}

/**
 * The first rows, as a patch for screen.fill; `empty` when there are none.
 * @param {import('./screen').Page} page
 * @param {Read} read
 * @param {(row: any) => any} show
 */
async function first(page, read, show) {
  const turn = (turns.get(page) || 0) + 1
  turns.set(page, turn)
  const found = await read(undefined)
  if (turns.get(page) !== turn) return { state: page.data.state }
  return {
    items: found.data.map(show),
    cursor: found.next_cursor || '',
    hasMore: found.has_more,
    more: '',
    state: found.data.length ? 'ready' : 'empty',
  }
}

/**
 * The next rows, once at a time.
 * @param {import('./screen').Page} page
 * @param {Read} read
 * @param {(row: any) => any} show
 */
async function next(page, read, show) {
  if (!page.data.hasMore || page.data.more === 'waits' || page.data.state !== 'ready') return
  const turn = turns.get(page)
  page.setData({ more: 'waits' })
  try {
    const found = await read(page.data.cursor)
    if (turns.get(page) !== turn) return
    const items = [...page.data.items, ...found.data.map(show)]
    page.setData({ items, cursor: found.next_cursor || '', hasMore: found.has_more, more: '' })
  } catch (error) {
    if (turns.get(page) !== turn) return
    page.setData({ more: 'failed' })
    screen.tell(screen.messageOf(error))
  }
}

module.exports = { data, first, next }
