// Waits in flight with Node, a setTimeout each. usage: timers_node.js COUNT SECONDS
// Prints the time from the first start to the last end in s, and the memory in bytes that was
// resident before and at most.
'use strict';

const count = Number(process.argv[2]);
const waitMs = Number(process.argv[3]) * 1000;
const before = process.memoryUsage().rss;
const start = process.hrtime.bigint();
let ended = 0;

function onEnd() {
  ended++;
  if (ended === count) {
    const timeS = Number(process.hrtime.bigint() - start) * 1e-9;
    console.log(timeS.toFixed(6), before, process.resourceUsage().maxRSS * 1024);
  }
}

for (let i = 0; i < count; i++) {
  setTimeout(onEnd, waitMs);
}
