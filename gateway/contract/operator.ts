// Who works with a running gateway from outside, by name, and what each may do.

/** `read` sees sessions and decisions; each of the others allows the acts of its own kind, and nothing else. */
export const rights = ['read', 'reveal', 'second-factor', 'device', 'session', 'trace', 'nas', 'policy'] as const;
export type Right = (typeof rights)[number];

export interface Operator {
  readonly name: string;
  readonly rights: readonly Right[];
}

/** What an operator asks to have done, once its token is known and its body has the right shape. */
export interface ActRequest<Args> {
  readonly tenant: string;
  readonly operator: Operator;
  readonly traceId: string;
  /** As it was typed. */
  readonly reason: string;
  readonly args: Args;
}
