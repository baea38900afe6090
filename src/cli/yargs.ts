// yargs, loaded without making the pipe that we write to non-blocking.

import './shade-stdout.ts';
import yargs from 'yargs';
import { unshadeStdout } from './shade-stdout.ts';

unshadeStdout();

export { yargs };
