// One call of JavaScript code, in a process that ends with it. See wire.py for what goes over the channel.
'use strict';

const fs = require('fs');
const vm = require('vm');
const { createRequire } = require('module');

const CHANNEL = 3;
const LENGTH = 8;
const LONGEST_REASON = 8000;

function readExactly(size) {
  const found = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; ) {
    const count = fs.readSync(CHANNEL, found, at, size - at);
    if (count === 0) process.exit(0);
    at += count;
  }
  return found;
}

function writeAll(text) {
  const data = Buffer.from(text);
  for (let at = 0; at < data.length; ) at += fs.writeSync(CHANNEL, data, at);
}

function explained(error) {
  const text = error instanceof Error || (error && error.stack) ? String(error.stack) : `thrown: ${String(error)}`;
  return text.split('\n').filter((line) => !line.includes(__filename) && !line.includes('(node:')).join('\n');
}

async function result(source, inputs) {
  globalThis.require = createRequire('/tmp/code.js');
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  const script = new vm.Script(`${source}\n;typeof main === 'function' ? main : undefined`, { filename: 'code.js' });
  const main = script.runInThisContext();
  if (main === undefined) throw new TypeError('the code defines no function main');
  const returned = await main(inputs);
  if (returned === null || typeof returned !== 'object' || Array.isArray(returned)) {
    const kind = returned === null ? 'null' : Array.isArray(returned) ? 'array' : typeof returned;
    throw new TypeError(`main returned ${kind}, not an object`);
  }
  return JSON.stringify(returned);
}

function end(answer) {
  writeAll(answer);
  process.reallyExit(0);
}

writeAll('+');
const request = JSON.parse(readExactly(Number(readExactly(LENGTH).readBigUInt64BE())).toString('utf8'));
const wantsMemory = (error) => error instanceof RangeError && /allocation failed/i.test(error.message);
const fail = (error) => end(wantsMemory(error) ? 'M' : 'E' + explained(error).slice(0, LONGEST_REASON));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('exit', () => writeAll('E' + 'the code ended the process, or main never returned'));
result(request.source, request.inputs).then((json) => end('R' + json), fail);
