// Coming by the link of a message: the code in it is told once. Nobody is signed in for that alone.
const api = require('./api')
const session = require('./session')

// The parameter the server puts on a message's page.
const PARAMETER = 'd'
let told = ''

/** @param {Record<string, any> | undefined} query */
function noteOpening(query) {
  const code = query && query[PARAMETER]
  if (typeof code !== 'string' || !code || code === told || !session.token()) return Promise.resolve()
  told = code
  // A figure for the shop, nothing the member waits for.
  return api.post('/api/mini/v1/message-opens', { body: { code } }).then(
    () => undefined,
    () => undefined,
  )
}

module.exports = { PARAMETER, noteOpening }
