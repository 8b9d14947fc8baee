// npm run api-types [-- FILE_OR_ADDRESS]: types/api.d.ts from the API's description; a running server's when none is named.
const { spawnSync } = require('child_process')
const path = require('path')

const SERVER = 'http://127.0.0.1:8700/openapi.json'
const target = path.join(__dirname, 'api.d.ts')
// Its package offers no way in but the program itself.
const cli = path.join(__dirname, '..', 'node_modules', 'openapi-typescript', 'bin', 'cli.js')
const done = spawnSync(process.execPath, [cli, process.argv[2] || SERVER, '--default-non-nullable', 'false', '-o', target], { stdio: 'inherit' })
process.exit(done.status === null ? 1 : done.status)
