// The member's door of the API: typed by its own description, so a path, a field or a body that is not there is found by tsc.
// wx.request knows no PATCH.
const http = require('./http')
const session = require('./session')

/** @typedef {import('../types/api').paths} Paths */

/**
 * @template {import('../types/wire').PathOf<'get'>} P
 * @param {P} path as the description has it, with {names}
 * @param {import('../types/wire').Request<P, 'get'>} [asked]
 * @returns {Promise<import('../types/wire').Answer<P, 'get'>>}
 */
function get(path, asked) {
  return call('GET', path, asked)
}

/**
 * A request that moves value names its `intent`: its key is kept until an answer is known.
 * @template {import('../types/wire').PathOf<'post'>} P
 * @param {P} path
 * @param {import('../types/wire').Request<P, 'post'>} asked
 * @returns {Promise<import('../types/wire').Answer<P, 'post'>>}
 */
function post(path, asked) {
  return call('POST', path, asked)
}

/**
 * @template {import('../types/wire').PathOf<'put'>} P
 * @param {P} path
 * @param {import('../types/wire').Request<P, 'put'>} asked
 * @returns {Promise<import('../types/wire').Answer<P, 'put'>>}
 */
function put(path, asked) {
  return call('PUT', path, asked)
}

/**
 * @template {import('../types/wire').PathOf<'delete'>} P
 * @param {P} path
 * @param {import('../types/wire').Request<P, 'delete'>} [asked]
 * @returns {Promise<import('../types/wire').Answer<P, 'delete'>>}
 */
function remove(path, asked) {
  return call('DELETE', path, asked)
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} asked
 * @returns {Promise<any>}
 */
async function call(method, path, asked = {}) {
  const wanted = { method, path: filled(path, asked.path), query: asked.query, body: asked.body, intent: asked.intent }
  const token = await session.ensure()
  try {
    return await http.send({ ...wanted, token })
  } catch (error) {
    const failure = /** @type {import('./failures').Failure} */ (error)
    if (failure.status !== 401) throw failure
    // The server has ended this sign-in: once more with a fresh one.
    session.drop()
    return http.send({ ...wanted, token: await session.ensure() })
  }
}

/**
 * @param {string} path
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
function filled(path, values = {}) {
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(values[name])))
}

module.exports = { filled, get, post, put, remove }
