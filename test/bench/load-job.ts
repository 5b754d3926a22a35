// What the measuring process asks of the load client, and what comes back.

export interface Target {
  readonly port: number;
  readonly secret: string;
}

export interface TicketLogin {
  readonly handle: string;
  readonly secret: string;
}

export interface LaptopLogin {
  readonly name: string;
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** So many at once, the next as soon as one is done; or so many a second, whatever has been answered. */
export type Pace = { readonly atOnce: number } | { readonly perSecond: number };

export type Job =
  /** Builds and signs; nothing is sent. Once more with the same tickets: new requests by the same people. */
  | ({ readonly do: 'prepare-tickets'; readonly tickets: readonly TicketLogin[] } & Target)
  /** Accounting Start for every session that the last requests opened. */
  | ({ readonly do: 'prepare-accounting' } & Target)
  /** Sends what was prepared; a second time it is a retransmission, octet for octet and from the same ports. */
  | { readonly do: 'send'; readonly pace: Pace }
  /** Of TLS. */
  | { readonly do: 'forget-sessions' }
  | ({
      readonly do: 'logins';
      readonly laptops: readonly LaptopLogin[];
      readonly version: TlsVersion;
      readonly pace: Pace;
      /** PEM file of the authority of the server's certificate. */
      readonly trust: string;
      /** Stop after the server's first TLS flight and leave the conversation open. */
      readonly half: boolean;
      /** With the TLS session of the last login of the same laptop, where it has one; the server must take it. */
      readonly resume?: boolean;
    } & Target);

export interface Sent {
  readonly answered: number;
  readonly accepted: number;
  /** No answer to any copy. */
  readonly lost: number;
  /** Replies of a sample whose authenticators were verified; a wrong one fails the whole job. */
  readonly verified: number;
  readonly elapsedMs: number;
  /** From when it was due to its answer, of each that was answered. */
  readonly latencyMs: { readonly median: number; readonly p99: number };
}

export type JobAnswer = { readonly done: Sent } | { readonly failed: string };

export const nothingSent: Sent = {
  answered: 0,
  accepted: 0,
  lost: 0,
  verified: 0,
  elapsedMs: 0,
  latencyMs: { median: 0, p99: 0 },
};
