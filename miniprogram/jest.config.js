// Component tests on miniprogram-simulate: the real sources, compiled by WeChat's own compiler, in a DOM.
module.exports = {
  testEnvironment: 'jsdom',
  testMatch: ['<rootDir>/tests/**/*.test.js'],
  // The compiled templates look for a browser of WeChat's.
  setupFiles: ['<rootDir>/tests/wechat.js'],
  restoreMocks: true,
  // The first test of a file compiles every template, on a machine that may be busy.
  testTimeout: 60000,
}
