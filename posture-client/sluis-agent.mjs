#!/usr/bin/env node
// Starts the agent. Plain JavaScript on purpose: an older Node could not even read the rest, and would not say why.

const [major] = process.versions.node.split('.');
if (Number(major) < 26) {
  process.stderr.write(
    `sluis-agent needs Node 26 or newer; this is ${process.version}.\n` +
      'Start it with the Node that belongs to it: node_modules/.bin/node posture-client/sluis-agent.mjs\n',
  );
  process.exitCode = 2;
} else {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
