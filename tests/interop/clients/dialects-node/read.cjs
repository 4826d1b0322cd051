// SPDX-License-Identifier: MIT
// Reads FILE as dotenv, Node's --env-file or the Pipelines task library does, and prints it as JSON:
// the variables; of `commands` each line's command, properties and message.
'use strict'
const fs = require('node:fs')

const readers = {
  dotenv: (file) => require('dotenv').parse(fs.readFileSync(file)),
  node: (file) => require('node:util').parseEnv(fs.readFileSync(file, 'utf8')),
  commands: (file) => {
    const { commandFromString } = require('azure-pipelines-task-lib/taskcommand')
    return fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map(commandFromString)
  },
}
process.stdout.write(JSON.stringify(readers[process.argv[2]](process.argv[3])))
