// Runs inside the Node that goes into the binaries (pkg wants Node 22 or newer; the project runs on Node 20).
// Puts start.cjs and assets into one copy of Node, by the function that `pkg --sea` calls: its command line does
// not pass a seaConfig on (6.23). Words: platform, arch, output, assets as JSON.

import { fileURLToPath } from 'node:url';
import pkgSea from '@yao-pkg/pkg/lib-es5/sea.js';

const [platform, arch, output, assets] = process.argv.slice(2);
const nodeRange = `node${process.versions.node}`;

await pkgSea.default(fileURLToPath(new URL('start.cjs', import.meta.url)), {
  targets: [{ nodeRange, platform, arch, output }],
  // packaging/ad-hoc-sign.js does it; pkg wants codesign or ldid.
  signature: false,
  seaConfig: {
    // NODE_OPTIONS is meant for the command. If it reached seqx, an option that only the user's own Node knows would
    // end it: "is not allowed in NODE_OPTIONS".
    execArgvExtension: 'none',
    assets: JSON.parse(assets),
  },
});
