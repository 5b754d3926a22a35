// The table of the sub-commands of `sluis`, and nothing they do. Each is a file of this folder that exports `run(args)` and is
// loaded only when it is asked for.

type Run = (args: string[]) => Promise<number>;

interface Command {
  /** Words after `sluis`. */
  readonly words: string;
  readonly does: string;
  /** Words that the file is told first, when several commands share it. */
  readonly first?: string;
  readonly load: () => Promise<{ readonly run: Run }>;
}

export const commands: readonly Command[] = [
  { words: 'serve', does: 'run the gateway: sluis serve --config FILE [--observe]', load: () => import('./serve.ts') },
  {
    words: 'demo',
    does: 'show five laptops at the gate, on a throw-away installation',
    load: () => import('./demo/main.ts'),
  },
  {
    words: 'config check',
    does: 'read a configuration and name every problem in it',
    load: () => import('./config-check.ts'),
  },
  {
    words: 'policy check',
    does: 'name everything wrong with a folder of policies: gaps, overlaps, contradictions; with --against also what it changes',
    load: () => import('./policy-check.ts'),
  },
  {
    words: 'policy status',
    does: 'say which policy a gateway runs, what is wrong with its files, and what waits',
    first: 'status',
    load: () => import('./policy-status.ts'),
  },
  {
    words: 'policy go-on',
    does: 'let new rules end the open sessions that wait for it, and record why',
    first: 'go-on',
    load: () => import('./policy-status.ts'),
  },
  {
    words: 'policy test',
    does: 'run the tests that stand beside the policies',
    load: () => import('./policy-test.ts'),
  },
  {
    words: 'policy replay',
    does: 'judge a draft of the policies on the logins of the last weeks: whom it would treat otherwise',
    load: () => import('./policy-replay.ts'),
  },
  {
    words: 'policy sign',
    does: 'say how a version of the policies is to decide, and sign that with a key that lives off the gateway',
    load: () => import('./policy-sign.ts'),
  },
  {
    words: 'policy rollout',
    does: 'show how far a new version of the policies has come, and whom it would treat otherwise',
    first: 'rollout',
    load: () => import('./policy-rollout.ts'),
  },
  {
    words: 'policy rollback',
    does: 'go back to the version of the policies that decided before, and record why',
    first: 'rollback',
    load: () => import('./policy-rollout.ts'),
  },
  {
    words: 'policy explain',
    does: 'say in sentences why a session was decided as it was, or what would become of a laptop: sluis policy explain DIR --given FILE',
    load: () => import('./policy-explain.ts'),
  },
  {
    words: 'policy read',
    does: 'a whole set of policies in plain prose, in nl, fr, de or en',
    load: () => import('./policy-read.ts'),
  },
  {
    words: 'policy schema',
    does: 'write JSON Schema for an editor that completes policy files and says what each key means',
    load: () => import('./policy-schema.ts'),
  },
  {
    words: 'policy init',
    does: 'begin a set of policies of your own with a pack',
    load: () => import('./policy-init.ts'),
  },
  {
    words: 'device list',
    does: 'list the device register',
    first: 'list',
    load: () => import('./device.ts'),
  },
  {
    words: 'device show',
    does: 'show one machine of the register',
    first: 'show',
    load: () => import('./device.ts'),
  },
  {
    words: 'device import',
    does: 'take machines over from a CSV file',
    first: 'import',
    load: () => import('./device.ts'),
  },
  {
    words: 'device set-state',
    does: 'say that a machine is active, stolen or retired, and why',
    first: 'set-state',
    load: () => import('./device.ts'),
  },
  {
    words: 'device enrol',
    does: 'enter a machine with the hash of its key',
    first: 'enrol',
    load: () => import('./device.ts'),
  },
  {
    words: 'device waiting',
    does: 'list the machines that nobody listed, and what was decided about them',
    first: 'waiting',
    load: () => import('./device-waiting.ts'),
  },
  {
    words: 'device approve',
    does: 'admit such a machine into a class, and record why',
    first: 'approve',
    load: () => import('./device-waiting.ts'),
  },
  {
    words: 'device refuse',
    does: 'keep such a machine out, and record why',
    first: 'refuse',
    load: () => import('./device-waiting.ts'),
  },
  {
    words: 'nas list',
    does: 'list the concentrators: how each comes in, what it may and may not do',
    first: 'list',
    load: () => import('./nas.ts'),
  },
  {
    words: 'nas show',
    does: 'show one concentrator, with the reason for each',
    first: 'show',
    load: () => import('./nas.ts'),
  },
  {
    words: 'nas seen',
    does: 'from where, with which secret, by which clock',
    first: 'seen',
    load: () => import('./nas-seen.ts'),
  },
  {
    words: 'nas strangers',
    does: 'who asked and is no concentrator',
    first: 'strangers',
    load: () => import('./nas-seen.ts'),
  },
  {
    words: 'nas simulate',
    does: 'print what a concentrator would be sent for an outcome, down to the octets',
    first: 'simulate',
    load: () => import('./nas.ts'),
  },
  {
    words: 'nas add',
    does: 'add a concentrator with a new secret, and print its side of the configuration',
    first: 'add',
    load: () => import('./nas.ts'),
  },
  {
    words: 'nas import',
    does: 'take concentrators over from FreeRADIUS (clients.conf) or NPS (its export)',
    first: 'import',
    load: () => import('./nas.ts'),
  },
  {
    words: 'nas profiles',
    does: 'list the kinds of concentrators that are known, or all that is known of one',
    first: 'profiles',
    load: () => import('./nas.ts'),
  },
  {
    words: 'data build',
    does: 'make one signed file of reference data: support calendar, virus protection, intermediates, countries',
    first: 'build',
    load: () => import('./data.ts'),
  },
  {
    words: 'data install',
    does: 'take such a file over, without any network',
    first: 'install',
    load: () => import('./data.ts'),
  },
  {
    words: 'data status',
    does: 'what reference data is installed, and how old it is',
    first: 'status',
    load: () => import('./data.ts'),
  },
  { words: 'session list', does: 'list the VPN sessions', first: 'list', load: () => import('./session.ts') },
  {
    words: 'session show',
    does: 'show one session with its decision',
    first: 'show',
    load: () => import('./session.ts'),
  },
  {
    words: 'session disconnect',
    does: 'have the concentrator end one session, and record why',
    first: 'disconnect',
    load: () => import('./session.ts'),
  },
  { words: 'denials list', does: 'list who was refused, and why', first: 'list', load: () => import('./denials.ts') },
  {
    words: 'denials show',
    does: 'explain one refusal by its six-letter case code',
    first: 'show',
    load: () => import('./denials.ts'),
  },
  {
    words: 'person reveal',
    does: 'ask the directory for the name behind a pseudonym, and record why',
    first: 'reveal',
    load: () => import('./person.ts'),
  },
  {
    words: 'second-factor enrol',
    does: 'give a person a second factor, as a QR code and recovery codes, and record why',
    first: 'enrol',
    load: () => import('./second-factor.ts'),
  },
  {
    words: 'person pseudonym',
    does: 'the pseudonyms of identifiers on standard input, under each key',
    first: 'pseudonym',
    load: () => import('./pseudonym.ts'),
  },
  {
    words: 'person rotation',
    does: 'count who is still known by an older key alone',
    first: 'rotation',
    load: () => import('./pseudonym.ts'),
  },
  {
    words: 'nas cut-over',
    does: 'decide about a concentrator here from now on, and record why',
    first: 'cut-over',
    load: () => import('./nas-mode.ts'),
  },
  {
    words: 'nas go-back',
    does: 'let the authority of a concentrator decide again, and record why',
    first: 'go-back',
    load: () => import('./nas-mode.ts'),
  },
  {
    words: 'observe report',
    does: 'compare what was answered for concentrators by their authority with what would be answered here',
    first: 'report',
    load: () => import('./observe.ts'),
  },
  {
    words: 'trace',
    does: 'show what comes from one concentrator, person or machine from now on, and what becomes of it',
    load: () => import('./trace.ts'),
  },
  {
    words: 'radius probe',
    does: 'ask a RADIUS server as a concentrator would: status, pap, eap-tls, accounting',
    load: () => import('./radius-probe.ts'),
  },
  {
    words: 'cert verify',
    does: 'judge a certificate as a profile would, or by RFC 5280 alone, and show every step',
    load: () => import('./cert-verify.ts'),
  },
  {
    words: 'directory check',
    does: 'bind to the directory, count its people, show the groups of one',
    load: () => import('./directory-check.ts'),
  },
  {
    words: 'secret new-key',
    does: 'make a master key for secrets at rest, or put a newer one first in its file',
    first: 'new-key',
    load: () => import('./secret.ts'),
  },
  {
    words: 'secret wrap',
    does: 'have a key of an HSM wrap the master keys, for the first time or instead of another',
    first: 'wrap',
    load: () => import('./secret.ts'),
  },
  {
    words: 'secret seal',
    does: 'encrypt secret files in place',
    first: 'seal',
    load: () => import('./secret.ts'),
  },
  {
    words: 'secret show',
    does: 'print what a sealed file holds, on a terminal only',
    first: 'show',
    load: () => import('./secret.ts'),
  },
  {
    words: 'secret rotate',
    does: 'seal files again with the newest master key',
    first: 'rotate',
    load: () => import('./secret.ts'),
  },
  {
    words: 'secret check',
    does: 'list the secret files of a configuration: plain or sealed, key, mode',
    first: 'check',
    load: () => import('./secret.ts'),
  },
  {
    words: 'store migrate',
    does: 'bring what the embedded store holds into Redis',
    load: () => import('./store-migrate.ts'),
  },
  { words: 'audit verify', does: 'check the hash chain of every decision', load: () => import('./audit-verify.ts') },
];
