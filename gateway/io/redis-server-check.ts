// What a Redis server must be before the gateway trusts it with sessions and decisions: told from its answer to INFO.

const oldest = [6, 2] as const;

export interface ServerCheck {
  /** Why it is not used, with what to do about it. */
  readonly refused?: string;
  /** What it may lose, with what to do about it. */
  readonly warning?: string;
}

/** `save`: the snapshots that it is configured to make; `undefined` when it does not say. `mayForget`: losing all is no harm. */
export function checkServer(info: string, save: string | undefined, mayForget: boolean): ServerCheck {
  const said = new Map(info.split('\r\n').map(line => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1)]));
  const version = said.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > oldest[0] || (major === oldest[0] && minor >= oldest[1]))) {
    return {
      refused: `it is version ${version || 'unknown'}: use ${oldest.join('.')} or newer, or let the user call INFO`,
    };
  }
  if (said.get('redis_mode') !== 'standalone') {
    return { refused: `it runs as ${said.get('redis_mode') ?? 'unknown'}: name a server that runs by itself` };
  }
  if (said.get('role') !== 'master') return { refused: 'it is a replica: name the server that it follows as well' };
  if (said.get('loading') === '1') return { refused: 'it is still loading its data: wait' };
  const policy = said.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    const remedy = 'set maxmemory-policy noeviction in redis.conf';
    return { refused: `it throws entries away when memory is short (maxmemory-policy ${policy}): ${remedy}` };
  }
  if (said.get('aof_enabled') === '1') return {};
  const remedy = 'set appendonly yes in redis.conf';
  if (save !== '') return { warning: `it writes to disk only now and then, and loses what came since: ${remedy}` };
  const nothing = `it writes nothing to disk, and loses every session and decision when it ends: ${remedy}`;
  return mayForget ? { warning: nothing } : { refused: nothing };
}
