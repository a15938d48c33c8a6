// SPDX-License-Identifier: Apache-2.0
// Computes for a few milliseconds and sleeps for one, each in functions of their own.
'use strict';

const memory = new Int32Array(new SharedArrayBuffer(4));

function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function compute() {
  return fibonacci(22);
}

function rest() {
  Atomics.wait(memory, 0, 0, 1);
}

function turn() {
  for (let count = 0; count < 10; count++) compute();
  rest();
  setImmediate(turn);
}

turn();
