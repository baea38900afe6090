// The version of package.json, put in by the build: nothing is read at run time.

declare const SEQX_VERSION: string;

/** `seqx 0.1.0`. */
export const versionText = (): string => `seqx ${SEQX_VERSION}`;
