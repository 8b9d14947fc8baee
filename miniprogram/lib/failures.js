// Every way a request can fail, as one kind of error: a stable code and words that say what to do next.

class Failure extends Error {
  /**
   * @param {string} code the server's, or no_network | unreadable
   * @param {string} message for people
   * @param {Record<string, any>} [data]
   * @param {number} [status] 0 when no answer came
   */
  constructor(code, message, data = {}, status = 0) {
    super(message)
    this.code = code
    this.data = data
    this.status = status
  }

  /** Whether the request may have been carried out all the same: its key has to be kept. */
  get isOpen() {
    return this.status === 0 || this.status >= 500 || this.code === 'idempotency_in_flight'
  }
}

/**
 * @param {WechatMiniprogram.RequestSuccessCallbackResult<any>} answer
 * @param {string} words said when the answer has none
 * @returns {Failure}
 */
function fromAnswer(answer, words) {
  const error = answer.data && answer.data.error
  if (!error || typeof error.code !== 'string') return new Failure('unreadable', words, {}, answer.statusCode)
  return new Failure(error.code, error.message || words, error.data || {}, answer.statusCode)
}

module.exports = { Failure, fromAnswer }
